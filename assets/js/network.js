// The network in the page: the layers of model/spec.py in plain JavaScript, with the weights that the server publishes.

const BLOCK = 8; // filters that are summed up at a time, each in a variable of its own

/**
 * @typedef {object} Layer one of the spec's layers
 * @property {"convolution" | "pooling" | "flatten" | "dense"} kind
 * @property {string} name
 * @property {number} [filters] of a convolution: square kernels, stride 1, no padding
 * @property {number} [size] of a convolution's kernel, or of a pooling's square
 * @property {number} [units] of a dense layer
 * @property {"relu" | null} [activation]
 */

const INPUT = [28, 28, 1];

/** The network with given weights. */
export class Network {
  /**
   * @param {Layer[]} spec
   * @param {Float32Array} weights kernel (h, w, in, out) or (in, out) and bias of each layer that learns, in the spec's
   *   order, one after the other
   * @throws {RangeError} if that is not the spec's number of weights
   */
  constructor(spec, weights) {
    let used = 0;
    const take = (count) => weights.subarray(used, (used += count));
    let shape = INPUT;
    this.layers = spec.map((layer) => {
      const built = BUILD[layer.kind](layer, shape, take);
      shape = built.shape;
      return { name: layer.name, kind: layer.kind, ...built };
    });
    if (used !== weights.length) throw new RangeError(`${weights.length} weights, where the network has ${used}`);
  }

  /**
   * What every layer makes of a picture.
   *
   * @param {Float32Array} image 784 pixels row by row, 0 paper to 1 ink
   * @returns {Record<string, Float32Array>} by the layers' names, each in its shape (h, w, channels) or (units)
   */
  activations(image) {
    const found = {};
    let values = image;
    for (const layer of this.layers) {
      values = layer.run(values);
      found[layer.name] = values.slice(); // the layer's own array is written anew at the next picture
    }
    return found;
  }

  /**
   * @param {Float32Array} image as for `activations`
   * @returns {Float32Array} a logit for each class
   */
  logits(image) {
    let values = image;
    for (const layer of this.layers) values = layer.run(values);
    return values.slice();
  }
}

/** The place of the largest. @param {ArrayLike<number>} values */
export function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * @param {ArrayLike<number>} logits
 * @returns {number[]} the probability of each class
 */
export function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/**
 * @param {ArrayBuffer} buffer float16, little-endian
 * @returns {Float32Array}
 * @throws {RangeError} if a number is not finite, or half a number is left
 */
export function fromFloat16(buffer) {
  const halves = new Uint16Array(buffer);
  const bits = new Uint32Array(halves.length);
  const values = new Float32Array(bits.buffer);
  for (let i = 0; i < halves.length; i += 1) {
    const half = halves[i];
    if ((half & 0x7c00) === 0x7c00) throw new RangeError("a weight is not finite");
    // exponent and fraction at a float32's place, then the other bias of the exponent: exact, also for tiny numbers
    bits[i] = (half & 0x7fff) << 13;
    values[i] *= half & 0x8000 ? -(2 ** 112) : 2 ** 112;
  }
  return values;
}

const BUILD = { convolution, pooling, flatten, dense };

function convolution({ filters, size, activation }, [height, width, channels], take) {
  const kernel = take(size * size * channels * filters);
  const bias = take(filters);
  const [rows, columns] = [height - size + 1, width - size + 1];
  const output = new Float32Array(rows * columns * filters);
  const taps = size * size * channels;
  const floor = activation === "relu" ? 0 : -Infinity;
  // the kernels of a block of filters side by side, so that they are read one after the other
  const blocks = Array.from({ length: Math.ceil(filters / BLOCK) }, (_, block) => {
    const weights = new Float32Array(taps * BLOCK);
    const biases = new Float64Array(BLOCK);
    const count = Math.min(BLOCK, filters - block * BLOCK);
    for (let k = 0; k < count; k += 1) {
      biases[k] = bias[block * BLOCK + k];
      for (let tap = 0; tap < taps; tap += 1) weights[tap * BLOCK + k] = kernel[tap * filters + block * BLOCK + k];
    }
    return { weights, biases, count, first: block * BLOCK };
  });
  const sums = new Float64Array(BLOCK);
  const shown = new Float64Array(taps); // what of the square about a pixel is not zero
  const places = new Int32Array(taps); // and where the weights for it begin

  function run(input) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const found = gather(input, (row * width + column) * channels);
        const at = (row * columns + column) * filters;
        for (const block of blocks) weigh(block, found, at);
      }
    }
    return output;
  }

  /** Most of what a layer gets is zero, and a branch in the sums would cost more than it spares. */
  function gather(input, corner) {
    let found = 0;
    for (let line = 0; line < size; line += 1) {
      const start = corner + line * width * channels;
      const place = line * size * channels;
      for (let i = 0; i < size * channels; i += 1) {
        const value = input[start + i];
        shown[found] = value;
        places[found] = (place + i) * BLOCK;
        if (value !== 0) found += 1;
      }
    }
    return found;
  }

  /** The sums are in variables: in an array they would take three times as long. */
  function weigh({ weights, biases, count, first }, found, at) {
    let [a, b, c, d, e, f, g, h] = [biases[0], biases[1], biases[2], biases[3], biases[4], biases[5], biases[6], biases[7]];
    for (let i = 0; i < found; i += 1) {
      const value = shown[i];
      const w = places[i];
      a += value * weights[w];
      b += value * weights[w + 1];
      c += value * weights[w + 2];
      d += value * weights[w + 3];
      e += value * weights[w + 4];
      f += value * weights[w + 5];
      g += value * weights[w + 6];
      h += value * weights[w + 7];
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
    sums[4] = e;
    sums[5] = f;
    sums[6] = g;
    sums[7] = h;
    for (let k = 0; k < count; k += 1) output[at + first + k] = sums[k] > floor ? sums[k] : floor;
  }

  return { shape: [rows, columns, filters], run, kernel, bias, size, filters };
}

/** The largest of each square; an odd last row or column is left out. */
function pooling({ size }, [height, width, channels]) {
  const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
  const output = new Float32Array(rows * columns * channels);

  function run(input) {
    output.fill(-Infinity);
    for (let row = 0; row < rows * size; row += 1) {
      for (let column = 0; column < columns * size; column += 1) {
        const from = (row * width + column) * channels;
        const to = (Math.floor(row / size) * columns + Math.floor(column / size)) * channels;
        for (let k = 0; k < channels; k += 1) {
          if (input[from + k] > output[to + k]) output[to + k] = input[from + k];
        }
      }
    }
    return output;
  }

  return { shape: [rows, columns, channels], run };
}

const product = (shape) => shape.reduce((a, b) => a * b, 1);

function flatten(_, shape) {
  return { shape: [product(shape)], run: (input) => input };
}

function dense({ units, activation }, shape, take) {
  const count = product(shape);
  const weights = take(count * units);
  const bias = take(units);
  const sums = new Float64Array(units);
  const output = new Float32Array(units);
  const floor = activation === "relu" ? 0 : -Infinity;

  function run(input) {
    sums.set(bias);
    for (let i = 0; i < count; i += 1) {
      const value = input[i];
      if (value === 0) continue;
      const first = i * units;
      for (let k = 0; k < units; k += 1) sums[k] += value * weights[first + k];
    }
    for (let k = 0; k < units; k += 1) output[k] = Math.max(sums[k], floor);
    return output;
  }

  return { shape: [units], run };
}
