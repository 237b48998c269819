// The networks by TensorFlow.js' layers, written from the papers and from Keras Applications'
// names of layers, apart from this library's descriptions of them.
"use strict";

const RESNET_EPSILON = 1.001e-5;
const KERAS_EPSILON = 1e-3;

/** Layers by short names on a network that is being built. */
function vocabulary(tf, classes) {
  const zeros = { kernelInitializer: "zeros" };
  const numbers = {};
  /** Keras' name of a layer that was given none: the second conv2d is conv2d_1. */
  const numbered = (kind) => {
    const number = (numbers[kind] = (numbers[kind] ?? -1) + 1);
    return number === 0 ? kind : `${kind}_${number}`;
  };
  const pair = (size) => (Array.isArray(size) ? size : [size, size]);
  const window = (size, strides, padding) => ({ poolSize: size, strides, padding });
  const square = ([before, after]) => [
    [before, after],
    [before, after],
  ];
  const v = {
    conv(x, name, filters, size, { strides = 1, padding = "same", bias = false, activation } = {}) {
      const config = { filters, kernelSize: pair(size), strides, padding, useBias: bias, activation };
      return tf.layers.conv2d({ name: name ?? numbered("conv2d"), ...config, ...zeros }).apply(x);
    },
    grouped(x, name, filters, size, { groups, strides = 1, padding = "same" }) {
      const config = { filters, kernelSize: size, strides: pair(strides), padding, groups };
      return new classes.DepthwiseGroups({ name, ...config }).apply(x);
    },
    depthwise(x, name, size, { strides = 1, padding = "same" } = {}) {
      const config = { kernelSize: size, strides, padding, useBias: false };
      return tf.layers
        .depthwiseConv2d({ name, ...config, depthwiseInitializer: "zeros" })
        .apply(x);
    },
    separable(x, name, filters, size, { strides = 1, padding = "same" } = {}) {
      const config = { filters, kernelSize: size, strides, padding, useBias: false };
      return tf.layers.separableConv2d({ name, ...config, depthwiseInitializer: "zeros" }).apply(x);
    },
    norm(x, name, epsilon, scale = true) {
      const named = name ?? numbered("batch_normalization");
      return tf.layers.batchNormalization({ name: named, epsilon, scale }).apply(x);
    },
    relu: (x) => tf.layers.reLU({}).apply(x),
    relu6: (x, name) => tf.layers.reLU({ name, maxValue: 6 }).apply(x),
    swish: (x) => tf.layers.activation({ activation: "swish" }).apply(x),
    max: (x, size, strides, padding = "valid") =>
      tf.layers.maxPooling2d(window(size, strides, padding)).apply(x),
    mean: (x, size, strides, padding = "valid") =>
      tf.layers.averagePooling2d(window(size, strides, padding)).apply(x),
    pad: (x, sides) => tf.layers.zeroPadding2d({ padding: square(sides) }).apply(x),
    crop: (x, sides) => tf.layers.cropping2D({ cropping: square(sides) }).apply(x),
    add: (...xs) => tf.layers.add().apply(xs),
    concat: (...xs) => tf.layers.concatenate({ axis: -1 }).apply(xs),
    multiply: (...xs) => tf.layers.multiply().apply(xs),
    /** Zeros such that a stride of two without padding centres as PyTorch does (correct_pad). */
    centred(x, size) {
      const half = Math.floor(size / 2);
      const [, rows, columns] = x.shape;
      const sides = (length) => [half - (1 - (length % 2)), half];
      return tf.layers.zeroPadding2d({ padding: [sides(rows), sides(columns)] }).apply(x);
    },
  };
  return v;
}

/** Simonyan and Zisserman, ICLR 2015. */
function vgg16(v, x) {
  const blocks = [
    [2, 64],
    [2, 128],
    [3, 256],
    [3, 512],
    [3, 512],
  ];
  blocks.forEach(([count, filters], block) => {
    for (let i = 1; i <= count; i++) {
      const name = `block${block + 1}_conv${i}`;
      x = v.conv(x, name, filters, 3, { bias: true, activation: "relu" });
    }
    x = v.max(x, 2, 2);
  });
  return x;
}

/** He et al., CVPR 2016, and Xie et al., CVPR 2017: the stem and four stages of a block. */
function residual(v, x, blocks, bias, block) {
  x = v.conv(v.pad(x, [3, 3]), "conv1_conv", 64, 7, { strides: 2, padding: "valid", bias });
  x = v.relu(v.norm(x, "conv1_bn", RESNET_EPSILON));
  x = v.max(v.pad(x, [1, 1]), 3, 2);
  blocks.forEach((count, stage) => {
    for (let i = 1; i <= count; i++) {
      x = block(x, `conv${stage + 2}_block${i}`, stage, i === 1);
    }
  });
  return x;
}

const resnet =
  (...blocks) =>
  (v, input) =>
    residual(v, input, blocks, true, (x, name, stage, first) => {
      const filters = 64 * 2 ** stage;
      const strides = first && stage > 0 ? 2 : 1;
      const norm = (y, part) => v.norm(y, `${name}_${part}_bn`, RESNET_EPSILON);
      const conv = (y, part, count, size, stride) =>
        norm(v.conv(y, `${name}_${part}_conv`, count, size, { strides: stride, bias: true }), part);
      const shortcut = first ? conv(x, 0, 4 * filters, 1, strides) : x;
      let y = v.relu(conv(x, 1, filters, 1, strides));
      y = v.relu(conv(y, 2, filters, 3, 1));
      y = conv(y, 3, 4 * filters, 1, 1);
      return v.relu(v.add(shortcut, y));
    });

/** 32 groups of 4 channels; the stride is in the grouped convolution. */
const resnext50 = (v, input) =>
  residual(v, input, [3, 4, 6, 3], false, (x, name, stage, first) => {
    const filters = 128 * 2 ** stage;
    const strides = first && stage > 0 ? 2 : 1;
    const norm = (y, part) => v.norm(y, `${name}_${part}_bn`, RESNET_EPSILON);
    const shortcut = first
      ? norm(v.conv(x, `${name}_0_conv`, 2 * filters, 1, { strides }), 0)
      : x;
    let y = v.relu(norm(v.conv(x, `${name}_1_conv`, filters, 1), 1));
    const options = { groups: 32, strides, padding: "valid" };
    y = v.grouped(v.pad(y, [1, 1]), `${name}_2_conv`, filters, [3, 3], options);
    y = v.relu(norm(y, 2));
    y = norm(v.conv(y, `${name}_3_conv`, 2 * filters, 1), 3);
    return v.relu(v.add(shortcut, y));
  });

/** Chollet, CVPR 2017. */
function xception(v, x) {
  const norm = (y, name) => v.norm(y, name, KERAS_EPSILON);
  const separable = (y, name, filters) =>
    norm(v.separable(y, name, filters, [3, 3]), `${name}_bn`);
  x = v.conv(x, "block1_conv1", 32, 3, { strides: 2, padding: "valid" });
  x = v.relu(norm(x, "block1_conv1_bn"));
  x = v.conv(x, "block1_conv2", 64, 3, { padding: "valid" });
  x = v.relu(norm(x, "block1_conv2_bn"));
  const halve = (from, block, first, second) => {
    const shortcut = norm(v.conv(from, null, second, 1, { strides: 2 }), null);
    let y = block === 2 ? from : v.relu(from);
    y = separable(y, `block${block}_sepconv1`, first);
    y = separable(v.relu(y), `block${block}_sepconv2`, second);
    return v.add(v.max(y, 3, 2, "same"), shortcut);
  };
  x = halve(x, 2, 128, 128);
  x = halve(x, 3, 256, 256);
  x = halve(x, 4, 728, 728);
  for (let block = 5; block <= 12; block++) {
    let y = x;
    for (let i = 1; i <= 3; i++) {
      y = separable(v.relu(y), `block${block}_sepconv${i}`, 728);
    }
    x = v.add(y, x);
  }
  x = halve(x, 13, 728, 1024);
  x = v.relu(separable(x, "block14_sepconv1", 1536));
  return v.relu(separable(x, "block14_sepconv2", 2048));
}

/** Szegedy et al., CVPR 2016. */
function inceptionv3(v, x) {
  const c = (y, filters, rows, columns, options) =>
    v.relu(v.norm(v.conv(y, null, filters, [rows, columns], options), null, KERAS_EPSILON, false));
  const chain = (y, ...convolutions) =>
    convolutions.reduce((from, convolution) => c(from, ...convolution), y);
  const halving = { strides: 2, padding: "valid" };
  const valid = { padding: "valid" };
  const pooled = (y, filters) => c(v.mean(y, 3, 1, "same"), filters, 1, 1);

  x = chain(x, [32, 3, 3, halving], [32, 3, 3, valid], [64, 3, 3]);
  x = chain(v.max(x, 3, 2), [80, 1, 1, valid], [192, 3, 3, valid]);
  x = v.max(x, 3, 2);
  for (const filters of [32, 64, 64]) {
    x = v.concat(
      c(x, 64, 1, 1),
      chain(x, [48, 1, 1], [64, 5, 5]),
      chain(x, [64, 1, 1], [96, 3, 3], [96, 3, 3]),
      pooled(x, filters)
    );
  }
  x = v.concat(
    c(x, 384, 3, 3, halving),
    chain(x, [64, 1, 1], [96, 3, 3], [96, 3, 3, halving]),
    v.max(x, 3, 2)
  );
  for (const n of [128, 160, 160, 192]) {
    x = v.concat(
      c(x, 192, 1, 1),
      chain(x, [n, 1, 1], [n, 1, 7], [192, 7, 1]),
      chain(x, [n, 1, 1], [n, 7, 1], [n, 1, 7], [n, 7, 1], [192, 1, 7]),
      pooled(x, 192)
    );
  }
  x = v.concat(
    chain(x, [192, 1, 1], [320, 3, 3, halving]),
    chain(x, [192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3, halving]),
    v.max(x, 3, 2)
  );
  const fork = (y) => v.concat(c(y, 384, 1, 3), c(y, 384, 3, 1));
  for (let i = 0; i < 2; i++) {
    x = v.concat(
      c(x, 320, 1, 1),
      fork(c(x, 384, 1, 1)),
      fork(chain(x, [448, 1, 1], [384, 3, 3])),
      pooled(x, 192)
    );
  }
  return x;
}

/** Howard et al., 2017. */
function mobilenet(v, x) {
  const norm = (y, name) =>
    v.relu6(v.norm(y, `${name}_bn`, KERAS_EPSILON), `${name}_relu`);
  x = norm(v.conv(x, "conv1", 32, 3, { strides: 2 }), "conv1");
  const filters = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
  filters.forEach((count, i) => {
    const block = i + 1;
    if ([2, 4, 6, 12].includes(block)) {
      const options = { strides: 2, padding: "valid" };
      x = v.depthwise(v.pad(x, [0, 1]), `conv_dw_${block}`, 3, options);
    } else {
      x = v.depthwise(x, `conv_dw_${block}`, 3);
    }
    x = norm(x, `conv_dw_${block}`);
    x = norm(v.conv(x, `conv_pw_${block}`, count, 1), `conv_pw_${block}`);
  });
  return x;
}

/** Sandler et al., CVPR 2018. */
function mobilenetv2(v, x) {
  const norm = (y, name) => v.norm(y, name, KERAS_EPSILON);
  x = v.relu6(norm(v.conv(x, "Conv1", 32, 3, { strides: 2 }), "bn_Conv1"));
  let block = 0;
  // Expansion, channels, repetitions, stride, as in the paper's table 2.
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ];
  for (const [expansion, filters, count, stride] of stages) {
    for (let i = 0; i < count; i++, block++) {
      const name = block === 0 ? "expanded_conv" : `block_${block}`;
      const input = x;
      const channels = input.shape[3];
      let y = input;
      if (expansion > 1) {
        y = v.conv(y, `${name}_expand`, expansion * channels, 1);
        y = v.relu6(norm(y, `${name}_expand_BN`));
      }
      y =
        i === 0 && stride === 2
          ? v.depthwise(v.centred(y, 3), `${name}_depthwise`, 3, { strides: 2, padding: "valid" })
          : v.depthwise(y, `${name}_depthwise`, 3);
      y = v.relu6(norm(y, `${name}_depthwise_BN`));
      y = norm(v.conv(y, `${name}_project`, filters, 1), `${name}_project_BN`);
      x = i > 0 ? v.add(input, y) : y;
    }
  }
  return v.relu6(norm(v.conv(x, "Conv_1", 1280, 1), "Conv_1_bn"));
}

/** Huang et al., CVPR 2017. */
function densenet121(v, x) {
  const norm = (y, name) => v.relu(v.norm(y, name, RESNET_EPSILON));
  x = v.conv(v.pad(x, [3, 3]), "conv1/conv", 64, 7, { strides: 2, padding: "valid" });
  x = v.max(v.pad(norm(x, "conv1/bn"), [1, 1]), 3, 2);
  [6, 12, 24, 16].forEach((count, stage) => {
    if (stage > 0) {
      const name = `pool${stage + 1}`;
      x = v.conv(norm(x, `${name}_bn`), `${name}_conv`, x.shape[3] / 2, 1);
      x = v.mean(x, 2, 2);
    }
    for (let i = 1; i <= count; i++) {
      const name = `conv${stage + 2}_block${i}`;
      let y = v.conv(norm(x, `${name}_0_bn`), `${name}_1_conv`, 128, 1);
      y = v.conv(norm(y, `${name}_1_bn`), `${name}_2_conv`, 32, 3);
      x = v.concat(x, y);
    }
  });
  return norm(x, "bn");
}

/** Zoph et al., CVPR 2018: NASNet-A (4 at 1056). */
function nasnetMobile(v, x) {
  const norm = (y, name) => v.norm(y, name, KERAS_EPSILON);
  const separable = (input, id, filters, size, strides = 1) => {
    const name = `separable_conv_1_${id}`;
    let y = v.relu(input);
    y =
      strides === 2
        ? v.separable(v.centred(y, size), name, filters, size, { strides, padding: "valid" })
        : v.separable(y, name, filters, size);
    y = v.relu(norm(y, `separable_conv_1_bn_${id}`));
    y = v.separable(y, `separable_conv_2_${id}`, filters, size);
    return norm(y, `separable_conv_2_bn_${id}`);
  };
  /** The cell before the last one, in the size and channels of the last. */
  const adjusted = (p, ip, filters, id) => {
    if (!p) {
      return ip;
    }
    if (p.shape[2] !== ip.shape[2]) {
      const y = v.relu(p);
      const half = filters / 2;
      const even = v.conv(v.mean(y, 1, 2), `adjust_conv_1_${id}`, half, 1);
      const moved = v.crop(v.pad(y, [0, 1]), [1, 0]);
      const odd = v.conv(v.mean(moved, 1, 2), `adjust_conv_2_${id}`, half, 1);
      return norm(v.concat(even, odd), `adjust_bn_${id}`);
    }
    if (p.shape[3] !== filters) {
      const y = v.conv(v.relu(p), `adjust_conv_projection_${id}`, filters, 1);
      return norm(y, `adjust_bn_${id}`);
    }
    return p;
  };
  const squeezed = (ip, kind, filters, id) =>
    norm(v.conv(v.relu(ip), `${kind}_conv_1_${id}`, filters, 1), `${kind}_bn_1_${id}`);

  const normal = (ip, before, filters, id) => {
    const p = adjusted(before, ip, filters, id);
    const h = squeezed(ip, "normal", filters, id);
    const x1 = v.add(
      separable(h, `normal_left1_${id}`, filters, 5),
      separable(p, `normal_right1_${id}`, filters, 3)
    );
    const x2 = v.add(
      separable(p, `normal_left2_${id}`, filters, 5),
      separable(p, `normal_right2_${id}`, filters, 3)
    );
    const x3 = v.add(v.mean(h, 3, 1, "same"), p);
    const x4 = v.add(v.mean(p, 3, 1, "same"), v.mean(p, 3, 1, "same"));
    const x5 = v.add(separable(h, `normal_left5_${id}`, filters, 3), h);
    return v.concat(p, x1, x2, x3, x4, x5);
  };
  const reduction = (ip, before, filters, id) => {
    const p = adjusted(before, ip, filters, id);
    const h = squeezed(ip, "reduction", filters, id);
    const padded = v.centred(h, 3);
    const x1 = v.add(
      separable(h, `reduction_left1_${id}`, filters, 5, 2),
      separable(p, `reduction_right1_${id}`, filters, 7, 2)
    );
    const x2 = v.add(
      v.max(padded, 3, 2),
      separable(p, `reduction_right2_${id}`, filters, 7, 2)
    );
    const x3 = v.add(
      v.mean(padded, 3, 2),
      separable(p, `reduction_right3_${id}`, filters, 5, 2)
    );
    const x4 = v.add(x2, v.mean(x1, 3, 1, "same"));
    const x5 = v.add(separable(x1, `reduction_left4_${id}`, filters, 3), v.max(padded, 3, 2));
    return v.concat(x2, x3, x4, x5);
  };

  const filters = 1056 / 24;
  x = v.conv(x, "stem_conv1", 32, 3, { strides: 2, padding: "valid" });
  x = norm(x, "stem_bn1");
  let p = null;
  const step = (cell, count, id) => ([x, p] = [cell(x, p, count, id), x]);
  step(reduction, filters / 4, "stem_1");
  step(reduction, filters / 2, "stem_2");
  for (let i = 0; i < 4; i++) {
    step(normal, filters, i);
  }
  step(reduction, 2 * filters, "reduce_4");
  for (let i = 5; i < 9; i++) {
    step(normal, 2 * filters, i);
  }
  step(reduction, 4 * filters, "reduce_8");
  for (let i = 9; i < 13; i++) {
    step(normal, 4 * filters, i);
  }
  return v.relu(x);
}

/** Tan and Le, ICML 2019. */
function efficientnetB0(v, x, tf, classes) {
  const norm = (y, name) => v.norm(y, name, KERAS_EPSILON);
  x = tf.layers.rescaling({ scale: 1 / 255 }).apply(x);
  x = new classes.Normalization({ name: "normalization" }).apply(x);
  // The weights file has ImageNet's variances where the network was learnt with their roots.
  const deviations = [0.229, 0.224, 0.225].map((deviation) => 1 / Math.sqrt(deviation));
  x = tf.layers.rescaling({ scale: deviations }).apply(x);
  x = v.conv(v.centred(x, 3), "stem_conv", 32, 3, { strides: 2, padding: "valid" });
  x = v.swish(norm(x, "stem_bn"));
  // Kernel, repetitions, channels, expansion, stride, as in the paper's table 1.
  const stages = [
    [3, 1, 16, 1, 1],
    [3, 2, 24, 6, 2],
    [5, 2, 40, 6, 2],
    [3, 3, 80, 6, 2],
    [5, 3, 112, 6, 1],
    [5, 4, 192, 6, 2],
    [3, 1, 320, 6, 1],
  ];
  stages.forEach(([kernel, count, filters, expansion, stride], stage) => {
    for (let i = 0; i < count; i++) {
      const name = `block${stage + 1}${"abcd"[i]}`;
      const input = x;
      const channels = input.shape[3];
      let y = input;
      if (expansion > 1) {
        y = v.conv(y, `${name}_expand_conv`, expansion * channels, 1);
        y = v.swish(norm(y, `${name}_expand_bn`));
      }
      y =
        i === 0 && stride === 2
          ? v.depthwise(v.centred(y, kernel), `${name}_dwconv`, kernel, {
              strides: 2,
              padding: "valid",
            })
          : v.depthwise(y, `${name}_dwconv`, kernel);
      y = v.swish(norm(y, `${name}_bn`));
      const squeezed = Math.max(1, Math.floor(channels / 4));
      let s = tf.layers.globalAveragePooling2d({}).apply(y);
      s = tf.layers.reshape({ targetShape: [1, 1, expansion * channels] }).apply(s);
      s = v.conv(s, `${name}_se_reduce`, squeezed, 1, { bias: true, activation: "swish" });
      const expanded = { bias: true, activation: "sigmoid" };
      s = v.conv(s, `${name}_se_expand`, expansion * channels, 1, expanded);
      y = norm(v.conv(v.multiply(y, s), `${name}_project_conv`, filters, 1), `${name}_project_bn`);
      x = i > 0 ? v.add(y, input) : y;
    }
  });
  return v.swish(norm(v.conv(x, "top_conv", 1280, 1), "top_bn"));
}

const NETWORKS = {
  vgg16,
  resnet50: resnet(3, 4, 6, 3),
  resnet101: resnet(3, 4, 23, 3),
  resnext50,
  xception,
  inceptionv3,
  mobilenet,
  mobilenetv2,
  densenet121,
  "nasnet-mobile": nasnetMobile,
  "efficientnet-b0": efficientnetB0,
};

/** The network of a name, without weights, for images of [rows, columns, channels]. */
function build(tf, classes, name, shape) {
  if (!NETWORKS[name]) {
    throw new Error(`Network: expected one of ${Object.keys(NETWORKS).join(", ")}, found ${name}`);
  }
  const inputs = tf.input({ shape });
  const outputs = NETWORKS[name](vocabulary(tf, classes), inputs, tf, classes);
  return tf.model({ inputs, outputs });
}

module.exports = { build };
