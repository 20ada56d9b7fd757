"""Which layers a Keras file may name: those of Keras's own that only compute.

A configuration names classes and functions, and Keras imports what it names. Lambda layers bring
their code along, others read files or call other libraries; `safe_mode` has stopped some of that
too late more than once (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906). So this is a list of what is
allowed, and anything else is refused by its name.

How a model was trained is none of it: Keras is kept from reading that (`keras_session.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MODELS = "Functional Model Sequential"
_LAYERS = """
    Activation ActivityRegularization Add AdaptiveAveragePooling2D AdaptiveMaxPooling2D
    AlphaDropout Attention Average AveragePooling1D AveragePooling2D BatchNormalization CenterCrop
    Concatenate Conv1D Conv2D Conv2DTranspose Cropping1D Cropping2D Dense DepthwiseConv2D Dot
    Dropout ELU Embedding Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization
    GroupQueryAttention Identity InputLayer LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D
    Maximum Minimum MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization
    RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation
    RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SeparableConv2D Softmax
    SpatialDropout1D SpatialDropout2D SpectralNormalization Subtract UnitNormalization UpSampling1D
    UpSampling2D ZeroPadding1D ZeroPadding2D
"""
# What arithmetic between layers becomes: `x / 127.5 - 1`, `x[..., ::-1]`.
_OPERATIONS = """
    Absolute Add BroadcastTo Clip Concatenate Divide Exp ExpandDims GELU GetItem HardSigmoid
    HardSwish Log Matmul Max Maximum Mean Min Minimum Multiply Negative Power Reciprocal Relu
    Relu6 Reshape Rsqrt Sigmoid Silu Softmax Split Sqrt Square Squeeze Stack Subtract Sum Tanh
    Transpose TrueDivide
"""
_PARTS = """
    Constant DTypePolicy GlorotNormal GlorotUniform HeNormal HeUniform Identity L1 L1L2 L2
    LecunNormal LecunUniform MaxNorm MinMaxNorm NonNeg Ones Orthogonal OrthogonalRegularizer
    RandomNormal RandomUniform SeedGenerator TruncatedNormal UnitNorm VarianceScaling Zeros
"""
_VALUES = "__bytes__ __ellipsis__ __keras_tensor__ __numpy__ __slice__ __tensor__"
_FUNCTIONS = """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
    sparse_plus squareplus swish tanh tanh_shrink threshold
"""
# What to do, as a note: the person is told it instead of that the file may be damaged.
ELSEWHERE = "have it exported as ONNX or TensorFlow Lite, which hold no code, where its code is"
CLASSES = frozenset(" ".join((_MODELS, _LAYERS, _OPERATIONS, _PARTS, _VALUES)).split())
FUNCTIONS = frozenset(_FUNCTIONS.split())


def check_config(config: Any) -> None:
    """Refuse a configuration that names anything but these classes and functions.

    Raises:
        ValueError: it does, or it isn't a model's configuration; the message says what.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError("it holds no model's configuration")
    waiting: list[Any] = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            _check_object(value)
            # Only beside these two does it say how a model was trained; elsewhere Keras would
            # make whatever is called so.
            trained = {"compile_config"} if value.keys() >= {"class_name", "config"} else set()
            waiting.extend(value[name] for name in value.keys() - trained)
        elif isinstance(value, list):
            waiting.extend(value)


def _check_object(value: Mapping[str, Any]) -> None:
    if "class_name" not in value:
        return
    name, inner = str(value["class_name"]), value.get("config")
    module, registered = value.get("module"), value.get("registered_name")
    if name == "function":
        if str(inner) not in FUNCTIONS or module not in ("builtins", "keras.activations", None):
            raise _refused(f"it calls the function {inner!s:.80}, which is not an activation")
        return
    named = inner.get("name") if isinstance(inner, dict) else None
    what = f"its layer {named!s:.80}" if named else "a part of it"
    if name in {"Lambda", "__lambda__"}:
        raise _refused(f"{what} is a Lambda, which runs code of the model's author")
    ours = module is None or module == "keras" or str(module).startswith("keras.")
    if not ours or registered not in (None, name):
        raise _refused(f"{what} is of class {name:.80}, whose code is not Keras's own")
    if name not in CLASSES:
        raise _refused(f"{what} is of class {name:.80}, which is not on our list of layers")


def _refused(why: str) -> ValueError:
    error = ValueError(why)
    error.add_note(ELSEWHERE)
    return error
