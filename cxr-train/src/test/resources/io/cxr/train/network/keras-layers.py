"""Prints the layers of Keras Applications: what keras-layers.txt.gz holds.

    pip install keras==3.15.1 jax
    KERAS_BACKEND=jax python3 keras-layers.py | gzip -9n > keras-layers.txt.gz

A line a layer, with tabs: name, class, what feeds it, settings, output shape, weights (* if Keras
does not learn them). No weights are downloaded.
"""
import keras.applications as applications
import keras

NETWORKS = {
    "vgg16": (applications.VGG16, 224),
    "resnet50": (applications.ResNet50, 224),
    "resnet101": (applications.ResNet101, 224),
    "xception": (applications.Xception, 299),
    "inceptionv3": (applications.InceptionV3, 299),
    "mobilenet": (applications.MobileNet, 224),
    "mobilenetv2": (applications.MobileNetV2, 224),
    "densenet121": (applications.DenseNet121, 224),
    "nasnet-mobile": (applications.NASNetMobile, 224),
    "efficientnet-b0": (applications.EfficientNetB0, 224),
}
SETTINGS = (
    "filters kernel_size strides padding use_bias groups activation epsilon scale pool_size"
    " cropping max_value rate keepdims"
).split()


def name(layer):
    return "input" if isinstance(layer, keras.layers.InputLayer) else layer.name


for network, (build, size) in NETWORKS.items():
    for rows, columns in ((size, size), (97, 131)):
        keras.backend.clear_session()
        model = build(weights=None, include_top=False, input_shape=(rows, columns, 3))
        print("NETWORK", network, rows, columns, model.count_params(), sep="\t")
        for layer in model.layers[1:]:
            inputs = [
                name(tensor._keras_history.operation)
                for node in layer._inbound_nodes
                for tensor in node.input_tensors
            ]
            config = layer.get_config()
            settings = [f"{key}={config[key]}" for key in SETTINGS if key in config]
            weights = [
                weight.name + str(list(weight.shape)) + ("" if weight.trainable else "*")
                for weight in layer.weights
                if "seed" not in weight.name
            ]
            print(
                layer.name,
                type(layer).__name__,
                ",".join(inputs),
                " ".join(settings),
                str(list(layer.output.shape[1:])),
                " ".join(weights),
                sep="\t",
            )
