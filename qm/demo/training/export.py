"""`python -m qm.demo.training.export --work DIR --to qm/demo/model`: a CTranslate2 directory for faster-whisper.

int8; all five files, since faster-whisper fetches what it misses from the hub.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from ctranslate2.specs import common_spec, model_spec
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import WhisperForConditionalGeneration

from qm.demo.training.network import GUIDED, Network
from qm.demo.training.text import LANGUAGES
from qm.demo.training.vocabulary import SPECIAL, Vocabulary, load


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().numpy()


def _linear(spec: common_spec.LinearSpec, *layers: nn.Linear) -> None:
    """One linear layer, or several fused one above another (Whisper's key projection has no bias)."""
    spec.weight = np.concatenate([_array(layer.weight) for layer in layers])
    biases = [layer.bias if layer.bias is not None else torch.zeros(layer.weight.shape[0]) for layer in layers]
    spec.bias = np.concatenate([_array(bias) for bias in biases])


def _norm(spec: common_spec.LayerNormSpec, layer: nn.LayerNorm) -> None:
    spec.gamma = _array(layer.weight)
    spec.beta = _array(layer.bias)


def _layer(spec: model_spec.LayerSpec, layer: nn.Module) -> None:
    own = layer.self_attn
    _norm(spec.self_attention.layer_norm, layer.self_attn_layer_norm)
    _linear(spec.self_attention.linear[0], own.q_proj, own.k_proj, own.v_proj)
    _linear(spec.self_attention.linear[1], own.out_proj)
    if hasattr(layer, "encoder_attn"):
        cross = layer.encoder_attn
        _norm(spec.attention.layer_norm, layer.encoder_attn_layer_norm)
        _linear(spec.attention.linear[0], cross.q_proj)
        _linear(spec.attention.linear[1], cross.k_proj, cross.v_proj)
        _linear(spec.attention.linear[2], cross.out_proj)
    _norm(spec.ffn.layer_norm, layer.final_layer_norm)
    _linear(spec.ffn.linear_0, layer.fc1)
    _linear(spec.ffn.linear_1, layer.fc2)


def specification(model: WhisperForConditionalGeneration) -> WhisperSpec:
    """`model` as a CTranslate2 specification."""
    shape = model.config
    spec = WhisperSpec(
        shape.encoder_layers, shape.encoder_attention_heads, shape.decoder_layers, shape.decoder_attention_heads
    )
    encoder, decoder = model.model.encoder, model.model.decoder
    for conv, source in ((spec.encoder.conv1, encoder.conv1), (spec.encoder.conv2, encoder.conv2)):
        conv.weight, conv.bias = _array(source.weight), _array(source.bias)
    spec.encoder.position_encodings.encodings = _array(encoder.embed_positions.weight)
    _norm(spec.encoder.layer_norm, encoder.layer_norm)
    for target, layer in zip(spec.encoder.layer, encoder.layers, strict=True):
        _layer(target, layer)

    spec.decoder.embeddings.weight = _array(decoder.embed_tokens.weight)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.decoder.position_encodings.encodings = _array(decoder.embed_positions.weight)
    _norm(spec.decoder.layer_norm, decoder.layer_norm)
    for target, layer in zip(spec.decoder.layer, decoder.layers, strict=True):
        _layer(target, layer)
    return spec


def export(model: WhisperForConditionalGeneration, vocabulary: Vocabulary, target: Path) -> None:
    """Write the five files of an int8 model into `target`."""
    target.mkdir(parents=True, exist_ok=True)
    tokenizer = vocabulary.whisper_tokenizer()
    tokens = [tokenizer.id_to_token(i) for i in range(vocabulary.size)]
    if None in tokens or tokens[-1] != SPECIAL[-1]:
        raise ValueError("the tokenizer's ids are not the model's")
    spec = specification(model)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokenizer.token_to_id("Ġ"), tokenizer.token_to_id("<|endoftext|>")]
    spec.config.lang_ids = sorted(tokenizer.token_to_id(f"<|{language}|>") for language in LANGUAGES)
    spec.config.alignment_heads = [[layer, head] for layer, head in GUIDED if layer == model.config.decoder_layers - 1]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(target))
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    settings = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (target / "preprocessor_config.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    vocabulary = load(options.work / "bpe.json")
    network = Network(vocabulary)
    network.load_state_dict(torch.load(options.work / "state.pt", weights_only=True)["network"])
    export(network.whisper.eval(), vocabulary, options.to)
    for file in sorted(options.to.iterdir()):
        print(f"{file.name} {file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
