"""The network (transformers' Whisper, small) and its features.

Positions: training windows are short, reading windows are 30 s, so a window is placed at a random
offset of the 1,500 encoder positions; every position is trained at the price of short windows.
"""

import torch
import torch.nn.functional as F
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor, nn
from transformers import WhisperConfig, WhisperForConditionalGeneration

from qm.demo.training.alignment import PHONEMES
from qm.demo.training.vocabulary import Vocabulary

WIDTH = 192
POSITIONS = 1_500
MAX_TOKENS = 448
GUIDED = ((0, 0), (1, 0), (1, 1))
"""(decoder layer, head) that are taught where to look; the other heads are free"""


class Network(nn.Module):
    """Whisper, and a head on the encoder that names the phoneme at each position (needed in training only)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        end = vocabulary.special("<|endoftext|>")
        config = WhisperConfig(
            vocab_size=vocabulary.size,
            d_model=WIDTH,
            encoder_layers=4,
            decoder_layers=2,
            encoder_attention_heads=3,
            decoder_attention_heads=3,
            encoder_ffn_dim=4 * WIDTH,
            decoder_ffn_dim=4 * WIDTH,
            max_source_positions=POSITIONS,
            max_target_positions=MAX_TOKENS,
            num_mel_bins=80,
            dropout=0.0,
            attention_dropout=0.0,
            pad_token_id=end,
            bos_token_id=end,
            eos_token_id=end,
            decoder_start_token_id=end,
            suppress_tokens=None,
            begin_suppress_tokens=None,
            attn_implementation="eager",
        )
        self.whisper = WhisperForConditionalGeneration(config)
        self.whisper.model.encoder.embed_positions.weight.requires_grad_(False)
        self.phoneme_head = nn.Linear(WIDTH, len(PHONEMES))

    def encode(self, features: Tensor, offset: int = 0) -> Tensor:
        """(batch, 80, frames) → (batch, frames / 2, width)."""
        encoder = self.whisper.model.encoder
        hidden = F.gelu(encoder.conv1(features))
        hidden = F.gelu(encoder.conv2(hidden)).transpose(1, 2)
        hidden = hidden + encoder.embed_positions.weight[offset : offset + hidden.shape[1]]
        for layer in encoder.layers:
            hidden = hidden + _attend(layer.self_attn, layer.self_attn_layer_norm(hidden))
            hidden = hidden + layer.fc2(F.gelu(layer.fc1(layer.final_layer_norm(hidden))))
        return encoder.layer_norm(hidden)

    def decode(self, tokens: Tensor, encoded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(batch, tokens) → (batch, tokens, vocabulary), and (batch, tokens, positions) for each guided head."""
        decoded = self.whisper.model.decoder(
            input_ids=tokens, encoder_hidden_states=encoded, use_cache=False, output_attentions=True
        )
        looked = [decoded.cross_attentions[layer][:, head].float() for layer, head in GUIDED]
        return self.whisper.proj_out(decoded.last_hidden_state).float(), looked


def _attend(attention: nn.Module, hidden: Tensor) -> Tensor:
    """Self-attention over (batch, positions, width); in float32, which torch's fused kernel does twice as fast as
    bfloat16 on a CPU, and without keeping the 1,500 × 1,500 weights."""
    projected = (linear(hidden).float() for linear in (attention.q_proj, attention.k_proj, attention.v_proj))
    heads = (each.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2) for each in projected)
    with torch.autocast("cpu", enabled=False):
        mixed = F.scaled_dot_product_attention(*heads)
    return attention.out_proj(mixed.transpose(1, 2).flatten(2))


class Features(nn.Module):
    """faster-whisper's log-mel features, in torch and without its padding to 30 s."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", torch.tensor(FeatureExtractor(feature_size=80).mel_filters))
        self.register_buffer("window", torch.hann_window(400))

    def forward(self, sound: Tensor) -> Tensor:
        """(samples,) at 16 kHz → (80, samples / 160), normalised as the whole window is."""
        spectrum = torch.stft(sound, 400, 160, window=self.window, return_complex=True)[..., :-1]
        log = torch.clamp(self.filters @ spectrum.abs().square(), min=1e-10).log10()
        return (torch.maximum(log, log.amax() - 8.0) + 4.0) / 4.0
