// How often a model was right by how sure it was, in bins that lead to their films.

import { h } from './dom.js';
import { confidence } from './evaluated-films.js';
import { number, numbers, reliability, wilson, withInterval } from './plots.js';

/** @typedef {import('./types.js').Evaluation} Evaluation */
/** @typedef {import('./types.js').EvaluationItem} EvaluationItem */

/**
 * @param {Evaluation} evaluation
 * @param {(title: string, items: EvaluationItem[]) => void} show
 */
export function reliabilityDiagram(evaluation, show) {
  const bins = evaluation.reliability ?? [];
  if (!bins.some((bin) => bin.count > 0)) {
    return null;
  }
  /** @param {import('./types.js').ReliabilityBin} bin */
  const open = (bin) =>
    show(
      `Confidence ${number(bin.low, 2)} to ${number(bin.high, 2)}`,
      evaluation.items.filter((item) => {
        const sure = confidence(item);
        return !item.refused && (sure > bin.low || bin.low === 0) && sure <= bin.high;
      }),
    );
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'Reliability'),
    h(
      'p',
      { class: 'small muted' },
      `How often the model was right, by how sure it was. On the dotted line it is as sure as it should be. Expected calibration error ${withInterval(evaluation.ece)}.`,
    ),
    h(
      'figure',
      { class: 'plot-figure' },
      reliability(bins, open),
      numbers(
        'Reliability',
        ['Confidence', 'Films', 'Mean confidence', 'Right (95 % interval)', 'Show'],
        bins
          .filter((bin) => bin.count > 0)
          .map((bin) => [
            `${number(bin.low, 2)}–${number(bin.high, 2)}`,
            String(bin.count),
            number(bin.confidence),
            bin.accuracy === null
              ? '–'
              : withInterval({ value: bin.accuracy, ...wilson(bin.accuracy * bin.count, bin.count) }),
            h(
              'button',
              {
                type: 'button',
                class: 'small',
                'aria-label': `Show the films of confidence ${number(bin.low, 2)} to ${number(bin.high, 2)}`,
                onclick: () => open(bin),
              },
              'Films',
            ),
          ]),
      ),
    ),
  );
}
