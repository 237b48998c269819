// The list of keys.

import { openDialog } from './dialog.js';
import { h } from './dom.js';

/** @type {{title: string, keys: [string[], string][]}[]} */
const GROUPS = [
  {
    title: 'Everywhere',
    keys: [
      [['?'], 'This list'],
      [['Tab'], 'Next control; with Shift the one before'],
      [['Esc'], 'Close a dialog; from a case back to the list'],
    ],
  },
  {
    title: 'List of cases',
    keys: [
      [['↑', '↓'], 'Row above, row below'],
      [['Page ↑', 'Page ↓', 'Home', 'End'], 'Move by pages, to the first, to the last'],
      [['Enter'], 'Open the case'],
      [['Space'], 'Select or unselect; with Shift from the last one'],
      [['Ctrl', 'A'], 'Select all rows that the filter shows'],
      [['Del'], 'Delete the selected cases, after a question'],
      [['R', 'W'], 'Mark right, mark wrong'],
      [['/'], 'To the text filter'],
      [['U'], 'Choose files to add'],
    ],
  },
  {
    title: 'A case',
    keys: [
      [['J', 'K'], 'Next case, case before'],
      [['R', 'W', 'E'], 'Mark right, mark wrong, edit the remark'],
      [['H'], 'Heatmap on and off'],
      [['[', ']'], 'Heatmap fainter, stronger'],
      [['L'], 'Next label of the heatmap'],
      [['O'], 'Outline of the lungs on and off'],
      [['C'], 'Compare with a second model'],
      [['P'], 'Side panel on and off'],
    ],
  },
  {
    title: 'The picture (when it has the focus, the arrows move it)',
    keys: [
      [['+', '-'], 'Zoom'],
      [['F', '1'], 'Fit, one pixel of the film for one of the screen'],
      [['←', '↑', '→', '↓'], 'Move'],
      [['Shift', 'arrows'], 'Window: ← → width, ↑ ↓ level'],
      [['A', '0'], 'Automatic window, window of the file'],
      [['I'], 'Invert'],
      [['M'], 'Magnifier on and off'],
    ],
  },
];

export function openKeyboardHelp() {
  openDialog({
    title: 'Keys',
    wide: true,
    body: [
      h(
        'div',
        { class: 'columns' },
        GROUPS.map((group) =>
          h(
            'section',
            {},
            h('h3', {}, group.title),
            h(
              'dl',
              { class: 'keys' },
              group.keys.map(([keys, text]) => [
                h(
                  'dt',
                  {},
                  keys.map((key) => h('kbd', {}, key)),
                ),
                h('dd', {}, text),
              ]).flat(),
            ),
          ),
        ),
      ),
    ],
  });
}
