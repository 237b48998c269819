// The few icons, drawn on a grid of 24.

import { svg } from './dom.js';

const PATHS = {
  close: 'M6 6l12 12M18 6L6 18',
  help: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  theme: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8h6.9M12 12h8M12 16h6.9',
  previous: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  invert: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  magnifier: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  heatmap: 'M12 4c-4 4-6 6-6 10a6 6 0 0 0 12 0c0-2-1-4-3-6 0 2-1 3-2 3 0-3 0-5-1-7z',
  lungs: 'M11 4v7c0 3-3 5-3 8-3 1-5-1-5-4 0-4 2-9 5-9M13 4v7c0 3 3 5 3 8 3 1 5-1 5-4 0-4-2-9-5-9',
  window: 'M4 17c3 0 4 0 6-5s3-5 6-5h4M4 20h16',
  upload: 'M12 16V5M7 10l5-5 5 5M5 19h14',
  folder: 'M3 6h6l2 2h10v11H3z',
  download: 'M12 5v11M7 11l5 5 5-5M5 20h14',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  compare: 'M4 5h7v14H4zM13 5h7v14h-7z',
  back: 'M10 6l-6 6 6 6M4 12h16',
  panel: 'M4 5h16v14H4zM14 5v14',
};

/**
 * An icon beside or instead of a word; hidden from screen readers, whose word is the control's.
 *
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  return svg(
    'svg',
    {
      viewBox: '0 0 24 24',
      'aria-hidden': 'true',
      focusable: 'false',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.8,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
    },
    svg('path', { d: PATHS[name] }),
  );
}
