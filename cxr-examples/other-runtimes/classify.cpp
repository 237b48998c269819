// classify MODEL.onnx FILM.pgm…  (g++ -std=c++17 classify.cpp -I INCLUDE -L LIB -lonnxruntime)
#include <onnxruntime_cxx_api.h>
#include <fstream>
#include <iostream>
#include <vector>

int main(int count, char** arguments) {
  Ort::Env environment;
  Ort::Session model(environment, arguments[1], Ort::SessionOptions());
  const char* inputs[] = {"gray"};
  const char* outputs[] = {"probabilities", "refusal", "novelty"};
  std::cout.precision(9);
  for (int i = 2; i < count; i++) {
    std::ifstream film(arguments[i], std::ios::binary);  // binary PGM, 8 bits
    std::string magic;
    int64_t size[2], white;
    film >> magic >> size[1] >> size[0] >> white;
    film.get();
    std::vector<uint8_t> gray(size[0] * size[1]);
    film.read(reinterpret_cast<char*>(gray.data()), gray.size());
    auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    auto input = Ort::Value::CreateTensor<uint8_t>(memory, gray.data(), gray.size(), size, 2);
    auto answer = model.Run(Ort::RunOptions(), inputs, &input, 1, outputs, 3);
    size_t labels = answer[0].GetTensorTypeAndShapeInfo().GetElementCount();
    for (size_t label = 0; label < labels; label++)
      std::cout << answer[0].GetTensorData<float>()[label] << ' ';
    std::cout << answer[1].GetTensorData<int64_t>()[0] << ' ' << answer[2].GetTensorData<float>()[0] << '\n';
  }
}
