// Plots of training and evaluation as SVG, without a library: axes, curves, ROC, reliability and
// intervals. Colours are classes of plots.css, so that both themes have theirs. Each plot is a
// <figure>; what can be clicked in one is a button for the keyboard too, and every plot has its
// numbers as a table beside it.

import { h, replace, svg } from './dom.js';

/**
 * A value with its 95 % interval.
 * @typedef {{value: number, low?: number|null, high?: number|null}} Interval
 */

/** @typedef {import('./types.js').ReliabilityBin} ReliabilityBin */

/**
 * A curve: its points in order of x.
 * @typedef {{name: string, points: [number, number][]}} Series
 */

/**
 * Tenths of a pixel are enough, and keep the document small.
 * @param {number} value
 */
function round(value) {
  return Math.round(value * 10) / 10;
}

/**
 * A share for reading: 0.873 as '0.873'.
 * @param {number|null|undefined} value
 * @param {number} [digits]
 */
export function number(value, digits = 3) {
  return value === null || value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
}

/**
 * A value with its interval for reading: '0.873 (0.811–0.910)'.
 * @param {Interval|number|null|undefined} value
 * @param {number} [digits]
 */
export function withInterval(value, digits = 3) {
  const one = interval(value);
  if (one === null) {
    return '–';
  }
  return one.low === null || one.low === undefined || one.high === null || one.high === undefined
    ? number(one.value, digits)
    : `${number(one.value, digits)} (${number(one.low, digits)}–${number(one.high, digits)})`;
}

/**
 * A plain number is a value without an interval.
 * @param {Interval|number|null|undefined} value
 * @returns {Interval|null}
 */
export function interval(value) {
  if (value === null || value === undefined) {
    return null;
  }
  return typeof value === 'number' ? { value } : value;
}

/**
 * Wilson's 95 % interval of a share (Wilson, JASA 1927): it stays within 0 and 1 and is sound for
 * few counts.
 * @param {number} hits how many of them
 * @param {number} count how many there are, at least 1
 * @returns {{low: number, high: number}}
 */
export function wilson(hits, count) {
  const z = 1.959964;
  const share = hits / count;
  const middle = share + (z * z) / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const all = 1 + (z * z) / count;
  return { low: Math.max(0, (middle - half) / all), high: Math.min(1, (middle + half) / all) };
}

/**
 * Round numbers on an axis: 1, 2 or 5 times a power of ten apart.
 * @param {number} low where the axis begins
 * @param {number} high where it ends, above low
 * @param {number} [count] about how many
 * @returns {number[]} the numbers, ascending, within the axis
 */
export function ticks(low, high, count = 5) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999) ?? raw;
  const all = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    all.push(Number((i * step).toPrecision(12)));
  }
  return all;
}

/** Where the numbers of a plot lie on its picture, with grid, ticks and names of both axes. */
export class Axes {
  /**
   * @param {{x: [number, number], y: [number, number], xName: string, yName: string,
   *   width?: number, height?: number, wholeX?: boolean}} settings the ranges and names of both
   *   axes, and the size of the picture in its own units
   */
  constructor({ x, y, xName, yName, width = 360, height = 250, wholeX = false }) {
    this.x = x;
    this.y = y;
    this.xName = xName;
    this.yName = yName;
    this.width = width;
    this.height = height;
    this.wholeX = wholeX;
    this.left = 50;
    this.right = width - 12;
    this.top = 10;
    this.bottom = height - 40;
  }

  /** @param {number} value */
  atX(value) {
    return round(
      this.left + ((value - this.x[0]) / (this.x[1] - this.x[0])) * (this.right - this.left),
    );
  }

  /** @param {number} value */
  atY(value) {
    return round(
      this.bottom - ((value - this.y[0]) / (this.y[1] - this.y[0])) * (this.bottom - this.top),
    );
  }

  /** @param {[number, number][]} points */
  path(points) {
    return points
      .map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${this.atX(x)} ${this.atY(y)}`)
      .join('');
  }

  /** Grid, ticks and names, hidden from screen readers, which have the table. */
  draw() {
    const group = svg('g', { 'aria-hidden': 'true' });
    for (const value of ticks(this.y[0], this.y[1])) {
      const y = this.atY(value);
      group.append(
        svg('line', { class: 'plot-grid', x1: this.left, x2: this.right, y1: y, y2: y }),
        svg('text', { class: 'plot-tick plot-end', x: this.left - 6, y: y + 4 }, String(value)),
      );
    }
    let values = ticks(this.x[0], this.x[1]);
    if (this.wholeX) {
      values = values.filter(Number.isInteger);
    }
    for (const value of values) {
      const x = this.atX(value);
      group.append(
        svg('line', { class: 'plot-axis', x1: x, x2: x, y1: this.bottom, y2: this.bottom + 4 }),
        svg('text', { class: 'plot-tick plot-middle', x, y: this.bottom + 17 }, String(value)),
      );
    }
    const middle = (this.top + this.bottom) / 2;
    group.append(
      svg('line', {
        class: 'plot-axis', x1: this.left, x2: this.right, y1: this.bottom, y2: this.bottom,
      }),
      svg(
        'text',
        { class: 'plot-name plot-middle', x: (this.left + this.right) / 2, y: this.height - 6 },
        this.xName,
      ),
      svg(
        'text',
        { class: 'plot-name plot-middle', x: 12, y: middle, transform: `rotate(-90 12 ${middle})` },
        this.yName,
      ),
    );
    return group;
  }

  /**
   * The picture.
   * @param {Record<string, string>} attributes its role and name
   * @param {(Node|string)[]} children what is drawn
   */
  picture(attributes, ...children) {
    return svg(
      'svg',
      { class: 'plot', viewBox: `0 0 ${this.width} ${this.height}`, ...attributes },
      this.draw(),
      ...children,
    );
  }
}

/**
 * The numbers of a plot as a table, folded away until asked for.
 * @param {string} caption what it shows
 * @param {string[]} heads the names of its columns
 * @param {(string|Node)[][]} rows its rows; the first cell of each is its name
 */
export function numbers(caption, heads, rows) {
  const body = h('tbody');
  for (const [name, ...cells] of rows) {
    body.append(
      h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map((cell) => h('td', {}, cell))),
    );
  }
  const table = h(
    'table',
    { class: 'plot-numbers' },
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
    body,
  );
  return h(
    'details',
    { class: 'plot-table' },
    h('summary', {}, `${caption} as a table`),
    h('div', { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': caption }, table),
  );
}

/** Curves over epochs that grow while a training runs; the pointer reads them off. */
export class Curves {
  /**
   * @param {string} name what is drawn, such as 'Loss'
   * @param {string} xName the name of the axis below
   * @param {[number, number]|null} range the range of the values; null: that of the values
   */
  constructor(name, xName, range) {
    this.name = name;
    this.xName = xName;
    this.range = range;
    /** @type {Series[]} */
    this.series = [];
    this.drawing = h('div', { class: 'plot-drawing' });
    this.legend = h('ul', { class: 'plot-legend', 'aria-hidden': 'true' });
    this.table = h('div');
    this.element = h(
      'figure',
      { class: 'plot-figure' },
      h('figcaption', {}, name),
      this.drawing,
      this.legend,
      this.table,
    );
  }

  /**
   * Draws them anew.
   * @param {Series[]} series the curves, always in the same order
   * @param {number} last where the axis below ends, such as the number of epochs
   */
  update(series, last) {
    this.series = series;
    const values = series.flatMap((each) => each.points.map((point) => point[1]));
    const xs = series.flatMap((each) => each.points.map((point) => point[0]));
    const first = Math.min(1, ...xs);
    const end = Math.max(last, first + 1, ...xs);
    const axes = new Axes({
      x: [first, end],
      y: this.range ?? around(values),
      xName: this.xName,
      yName: this.name,
      wholeX: true,
    });
    const latest = series
      .filter((each) => each.points.length > 0)
      .map((each) => `${each.name} ${number(each.points.at(-1)?.[1])}`);
    const cursor = svg('line', { class: 'plot-cursor', y1: axes.top, y2: axes.bottom });
    const picture = axes.picture(
      {
        role: 'img',
        'aria-label':
          `${this.name} by ${this.xName.toLowerCase()}, `
          + (latest.length === 0 ? 'no value yet' : `last ${latest.join(', ')}`),
      },
      ...series.flatMap((each, i) => [
        svg('path', { class: `plot-curve series-${i + 1}`, d: axes.path(each.points) }),
        ...each.points.map(([x, y]) =>
          svg('circle', { class: `plot-point series-${i + 1}`, cx: axes.atX(x), cy: axes.atY(y), r: 2.5 }),
        ),
      ]),
      cursor,
    );
    picture.addEventListener('pointermove', (event) => {
      const box = picture.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * axes.width;
      const at = axes.x[0] + ((x - axes.left) / (axes.right - axes.left)) * (axes.x[1] - axes.x[0]);
      this.#read(Math.round(at), axes, cursor);
    });
    picture.addEventListener('pointerleave', () => {
      cursor.classList.remove('shown');
      this.#label(null);
    });
    replace(this.drawing, picture);
    this.#label(null);
    const open = this.table.querySelector('details')?.open ?? false;
    const epochs = [...new Set(xs)].sort((a, b) => a - b);
    const table = numbers(
      this.name,
      [this.xName, ...series.map((each) => each.name)],
      epochs.map((x) => [String(x), ...series.map((each) => number(valueAt(each, x), 4))]),
    );
    table.open = open;
    replace(this.table, table);
  }

  /**
   * @param {number} x
   * @param {Axes} axes
   * @param {SVGLineElement} cursor
   */
  #read(x, axes, cursor) {
    if (!this.series.some((each) => valueAt(each, x) !== undefined)) {
      return;
    }
    cursor.setAttribute('x1', String(axes.atX(x)));
    cursor.setAttribute('x2', String(axes.atX(x)));
    cursor.classList.add('shown');
    this.#label(x);
  }

  /** @param {number|null} x where values are read off; null: the last */
  #label(x) {
    this.legend.replaceChildren(
      ...this.series.map((each, i) => {
        const value = x === null ? each.points.at(-1)?.[1] : valueAt(each, x);
        const where = x === null ? '' : ` (${this.xName.toLowerCase()} ${x})`;
        return h(
          'li',
          {},
          h('span', { class: `plot-key series-${i + 1}` }),
          `${each.name}${value === undefined ? '' : ` ${number(value)}`}${where}`,
        );
      }),
    );
  }
}

/**
 * @param {Series} series
 * @param {number} x
 * @returns {number|undefined}
 */
function valueAt(series, x) {
  return series.points.find((point) => point[0] === x)?.[1];
}

/**
 * The range of values, from 0 or a little below the least.
 * @param {number[]} values
 * @returns {[number, number]}
 */
function around(values) {
  if (values.length === 0) {
    return [0, 1];
  }
  const high = Math.max(...values);
  const low = Math.min(0, ...values);
  return [low, high > low ? high + (high - low) * 0.05 : low + 1];
}

/**
 * The ROC curve of one label, with a mark that a threshold moves.
 * @param {string} label the label
 * @param {[number, number, number|null][]} points false positive rate, true positive rate and
 *     threshold, from the highest threshold down
 * @returns {{picture: SVGSVGElement, mark: (falsePositives: number, truePositives: number) => void}}
 */
export function roc(label, points) {
  const axes = new Axes({
    x: [0, 1],
    y: [0, 1],
    xName: '1 − specificity',
    yName: 'Sensitivity',
    width: 320,
    height: 320,
  });
  const mark = svg('circle', { class: 'plot-mark', r: 5.5, cx: axes.atX(0), cy: axes.atY(0) });
  const picture = axes.picture(
    { role: 'img', 'aria-label': `ROC curve of ${label}` },
    svg('path', { class: 'plot-diagonal', d: axes.path([[0, 0], [1, 1]]) }),
    svg('path', {
      class: 'plot-curve series-1',
      d: axes.path(points.map(([x, y]) => /** @type {[number, number]} */ ([x, y]))),
    }),
    mark,
  );
  return {
    picture,
    mark: (falsePositives, truePositives) => {
      mark.setAttribute('cx', String(axes.atX(falsePositives)));
      mark.setAttribute('cy', String(axes.atY(truePositives)));
    },
  };
}

/**
 * The reliability diagram (DeGroot and Fienberg, 1983): how often the model was right among the
 * films of each bin of its confidence, with Wilson's interval. On the diagonal it says the truth.
 * @param {ReliabilityBin[]} bins the bins
 * @param {(bin: ReliabilityBin) => void} open called with a bin that is clicked
 */
export function reliability(bins, open) {
  const axes = new Axes({
    x: [0, 1],
    y: [0, 1],
    xName: 'Confidence of the model',
    yName: 'Share that was right',
    width: 320,
    height: 320,
  });
  const parts = [svg('path', { class: 'plot-diagonal', d: axes.path([[0, 0], [1, 1]]) })];
  /** @type {SVGElement[]} */
  const drawn = [...parts];
  for (const bin of bins) {
    if (bin.count === 0 || bin.accuracy === null || bin.confidence === null) {
      continue;
    }
    const around = wilson(bin.accuracy * bin.count, bin.count);
    const x = axes.atX(bin.low) + 1;
    const middle = axes.atX(bin.confidence);
    const button = svg(
      'g',
      {
        class: 'plot-bin',
        role: 'button',
        tabindex: '0',
        'aria-label':
          `Confidence ${number(bin.low, 2)} to ${number(bin.high, 2)}: right in `
          + `${number(bin.accuracy, 2)} of ${bin.count} films; show them`,
      },
      svg('rect', {
        class: 'plot-hit', x, y: axes.top, width: axes.atX(bin.high) - x - 1,
        height: axes.bottom - axes.top,
      }),
      svg('rect', {
        class: 'plot-bar', x, y: axes.atY(bin.accuracy), width: axes.atX(bin.high) - x - 1,
        height: axes.bottom - axes.atY(bin.accuracy),
      }),
      svg('line', {
        class: 'plot-whisker', x1: middle, x2: middle, y1: axes.atY(around.low),
        y2: axes.atY(around.high),
      }),
      svg('circle', { class: 'plot-mark', cx: middle, cy: axes.atY(bin.accuracy), r: 4 }),
    );
    onPress(button, () => open(bin));
    drawn.push(button);
  }
  return axes.picture({ role: 'group', 'aria-label': 'Reliability diagram' }, ...drawn);
}

/**
 * Values with their intervals, one below the other.
 * @param {{name: string, value: Interval|number|null|undefined}[]} rows the values, from 0 to 1
 * @param {string} name what they are
 * @param {number} [reference] what is drawn as a line, such as chance
 */
export function intervals(rows, name, reference) {
  const height = 46 + 26 * rows.length;
  const axes = new Axes({ x: [0, 1], y: [0, 1], xName: name, yName: '', width: 360, height });
  axes.left = 138;
  const picture = svg('svg', {
    class: 'plot',
    viewBox: `0 0 ${axes.width} ${height}`,
    role: 'img',
    'aria-label': `${name}: ${rows.map((row) => `${row.name} ${withInterval(row.value, 2)}`).join('; ')}`,
  });
  for (const value of ticks(0, 1)) {
    const x = axes.atX(value);
    picture.append(
      svg('line', { class: 'plot-grid', x1: x, x2: x, y1: axes.top, y2: axes.bottom }),
      svg('text', { class: 'plot-tick plot-middle', x, y: axes.bottom + 16 }, String(value)),
    );
  }
  picture.append(
    svg('text', { class: 'plot-name plot-middle', x: (axes.left + axes.right) / 2, y: height - 6 }, name),
  );
  if (reference !== undefined) {
    const x = axes.atX(reference);
    picture.append(
      svg('line', { class: 'plot-diagonal', x1: x, x2: x, y1: axes.top, y2: axes.bottom }),
    );
  }
  rows.forEach((row, i) => {
    const y = axes.top + 13 + 26 * i;
    picture.append(
      svg('text', { class: 'plot-label plot-end', x: axes.left - 8, y: y + 4 }, shortened(row.name, 20)),
    );
    const one = interval(row.value);
    if (one === null) {
      return;
    }
    if (typeof one.low === 'number' && typeof one.high === 'number') {
      picture.append(
        svg('line', { class: 'plot-whisker', x1: axes.atX(one.low), x2: axes.atX(one.high), y1: y, y2: y }),
      );
    }
    picture.append(svg('circle', { class: 'plot-mark', cx: axes.atX(one.value), cy: y, r: 4 }));
  });
  return picture;
}

/**
 * @param {string} text
 * @param {number} most how many characters
 */
function shortened(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/**
 * Calls back on a click, and on Enter and the space bar as a button does.
 * @param {SVGElement} element
 * @param {() => void} action
 */
function onPress(element, action) {
  element.addEventListener('click', action);
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      action();
    }
  });
}
