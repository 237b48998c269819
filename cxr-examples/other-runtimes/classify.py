"""python3 classify.py MODEL.onnx FILM.png…  (pip install onnxruntime pillow)"""
import json, sys
import numpy, onnxruntime
from PIL import Image

model = onnxruntime.InferenceSession(sys.argv[1])
names = [output.name for output in model.get_outputs()]
for file in sys.argv[2:]:
    gray = numpy.asarray(Image.open(file).convert("L"))
    answer = dict(zip(names, model.run(names, {"gray": gray})))
    probabilities = dict(zip(answer["labels"], answer["probabilities"][0].tolist()))
    print(json.dumps({"probabilities": probabilities, "refusal": int(answer["refusal"][0]),
                      "novelty": answer["novelty"].item(), "heatmap": answer["heatmap"].ravel().tolist()}))
