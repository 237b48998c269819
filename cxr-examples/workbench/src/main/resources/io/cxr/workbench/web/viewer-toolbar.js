// The controls of one viewer, or of several that are linked.

import { h, replace } from './dom.js';
import { select } from './filter-bar.js';
import { PRESETS } from './gray-window.js';
import { drawScale } from './heatmap-layer.js';
import { icon } from './icons.js';
import { loadColorMaps } from './overlay.js';

/** @typedef {import('./types.js').Context} Context */
/** @typedef {import('./viewer.js').Viewer} Viewer */
/** @typedef {import('./overlay.js').Overlay} Overlay */

/** @typedef {{viewer: Viewer, overlay: Overlay | null, label: string}} Pane */

export class ViewerToolbar {
  #context;
  /** @type {Pane[]} */
  #panes;
  /** @type {string[]} */
  #labels;
  /** The label of the heatmap; null for the label that each model answered. */
  #label = /** @type {string | null} */ (null);

  #zoom = h('span', { class: 'zoom numbers' });
  #value = h('span', { class: 'pixel-value numbers small muted' });
  #width = h('input', { type: 'number', 'aria-label': 'Window width', title: 'Window width', min: 1 });
  #center = h('input', { type: 'number', 'aria-label': 'Window level', title: 'Window level', min: 0 });
  /** @type {Map<string, HTMLButtonElement>} */
  #toggles = new Map();
  #scale = h('canvas', { class: 'color-scale', 'aria-hidden': 'true' });
  #overlays = h('div', { class: 'toolbar-group overlays', role: 'group', 'aria-label': 'Overlays' });

  /**
   * @param {Context} context
   * @param {Pane[]} panes the first leads, the others follow
   * @param {object} can
   * @param {string[]} can.labels those of the heatmaps; none without heatmaps
   * @param {boolean} can.lungs
   */
  constructor(context, panes, { labels, lungs }) {
    this.#context = context;
    this.#panes = panes;
    this.#labels = labels;
    for (const pane of panes) {
      pane.viewer.onView = (view) => {
        for (const other of panes) {
          if (other !== pane) {
            other.viewer.follow(view);
          }
        }
        this.#showView();
      };
      pane.viewer.onValue = (text) => {
        this.#value.textContent = text;
      };
    }
    for (const input of [this.#width, this.#center]) {
      input.addEventListener('change', () => this.#windowTyped());
    }
    this.element = h(
      'div',
      { class: 'viewer-toolbar' },
      this.#tools(),
      this.#windowGroup(),
      this.#zoomGroup(),
      this.#overlays,
      this.#value,
    );
    this.#buildOverlays(lungs);
    this.applyOverlays();
  }

  get #lead() {
    return /** @type {Pane} */ (this.#panes[0]).viewer;
  }

  #tools() {
    const group = h('div', {
      class: 'toolbar-group',
      role: 'radiogroup',
      'aria-label': 'Dragging changes',
    });
    const tools = /** @type {const} */ ([
      ['window', 'Window'],
      ['move', 'Move'],
    ]);
    const buttons = tools.map(([tool, text]) =>
      h(
        'button',
        {
          type: 'button',
          role: 'radio',
          'aria-checked': tool === 'window',
          tabindex: tool === 'window' ? 0 : -1,
          title: tool === 'window' ? 'Drag for window and level' : 'Drag to move',
          onclick: () => choose(tool),
        },
        text,
      ),
    );
    const choose = (/** @type {'window' | 'move'} */ chosen) => {
      for (const pane of this.#panes) {
        pane.viewer.tool = chosen;
        pane.viewer.element.dataset.tool = chosen;
      }
      for (const [index, [tool]] of tools.entries()) {
        buttons[index]?.setAttribute('aria-checked', String(tool === chosen));
        buttons[index]?.setAttribute('tabindex', tool === chosen ? '0' : '-1');
      }
    };
    group.addEventListener('keydown', (event) => {
      if (event.key.startsWith('Arrow')) {
        event.preventDefault();
        event.stopPropagation();
        const next = this.#lead.tool === 'window' ? 'move' : 'window';
        choose(next);
        buttons[next === 'window' ? 0 : 1]?.focus();
      }
    });
    group.append(...buttons);
    return group;
  }

  #windowGroup() {
    const presets = h(
      'select',
      { 'aria-label': 'Window preset', title: 'Window preset' },
      h('option', { value: '' }, 'Window…'),
      h('option', { value: 'file' }, 'As the file'),
      PRESETS.map(({ id, text }) => h('option', { value: id }, text)),
    );
    presets.addEventListener('change', () => {
      this.#lead.preset(presets.value);
      presets.value = '';
    });
    return h(
      'div',
      { class: 'toolbar-group', role: 'group', 'aria-label': 'Window and level' },
      presets,
      h('label', { class: 'number' }, h('span', { 'aria-hidden': 'true' }, 'W'), this.#width),
      h('label', { class: 'number' }, h('span', { 'aria-hidden': 'true' }, 'L'), this.#center),
      h(
        'button',
        {
          type: 'button',
          title: 'Automatic window (A)',
          'aria-keyshortcuts': 'A',
          onclick: () => this.#lead.preset('auto'),
        },
        'Auto',
      ),
      this.#toggle('invert', 'Invert (I)', icon('invert'), () =>
        this.#lead.change({ inverted: !this.#lead.view.inverted }),
      ),
    );
  }

  #zoomGroup() {
    const button = (
      /** @type {string} */ title,
      /** @type {Node | string} */ content,
      /** @type {() => void} */ action,
    ) =>
      h(
        'button',
        {
          type: 'button',
          class: typeof content === 'string' ? null : 'icon',
          title,
          // What is seen must be part of what is said.
          'aria-label': typeof content === 'string' ? `${content}, ${title}` : title,
          onclick: action,
        },
        content,
      );
    return h(
      'div',
      { class: 'toolbar-group', role: 'group', 'aria-label': 'Zoom' },
      button('Zoom out (-)', icon('minus'), () => this.#lead.zoomBy(1 / 1.25)),
      this.#zoom,
      button('Zoom in (+)', icon('plus'), () => this.#lead.zoomBy(1.25)),
      button('Fit the window (F)', icon('fit'), () => this.#lead.fit()),
      button('One to one (1)', '1:1', () => this.#lead.actualSize()),
      this.#toggle('magnifier', 'Magnifier (M)', icon('magnifier'), () =>
        this.#lead.change({ magnifier: !this.#lead.view.magnifier }),
      ),
    );
  }

  /**
   * @param {string} id
   * @param {string} title
   * @param {SVGElement} image
   * @param {() => void} action
   */
  #toggle(id, title, image, action) {
    const button = h(
      'button',
      {
        type: 'button',
        class: 'icon',
        title,
        'aria-label': title,
        'aria-pressed': 'false',
        onclick: action,
      },
      image,
    );
    this.#toggles.set(id, button);
    return button;
  }

  /** @param {boolean} lungs */
  #buildOverlays(lungs) {
    const { preferences, session } = this.#context;
    const opacity = h('input', {
      type: 'range',
      min: 0,
      max: 100,
      step: 5,
      value: Math.round(preferences.get('opacity') * 100),
      'aria-label': 'Opacity of the heatmap in percent',
      title: 'Opacity of the heatmap',
    });
    opacity.addEventListener('input', () => {
      preferences.set('opacity', opacity.valueAsNumber / 100);
      this.applyOverlays();
    });
    this.#overlays.hidden = this.#labels.length === 0 && !lungs;
    replace(
      this.#overlays,
      this.#labels.length > 0 && [
        this.#toggle('heatmap', 'Heatmap (H)', icon('heatmap'), () => this.toggleHeatmap()),
        select(
          'Heatmap of',
          [
            ['', 'the answer'],
            ...this.#labels.map((label) => /** @type {[string, string]} */ ([label, label])),
          ],
          this.#label ?? '',
          (value) => this.#chooseLabel(value === '' ? null : value),
        ),
        opacity,
        select(
          'Colours of the heatmap',
          session.colorMaps.map((name) => [name, name]),
          preferences.get('colorMap'),
          (value) => {
            preferences.set('colorMap', value);
            this.applyOverlays();
          },
        ),
        h(
          'span',
          { class: 'scale', title: 'From none to most of the evidence' },
          h('span', {}, '0'),
          this.#scale,
          h('span', {}, '1'),
        ),
      ],
      lungs &&
        this.#toggle('lungs', 'Outline of the lungs (O)', icon('lungs'), () => this.toggleLungs()),
    );
  }

  /** @param {string | null} label */
  #chooseLabel(label) {
    this.#label = label;
    this.#context.preferences.set('heatmap', true);
    this.applyOverlays();
  }

  toggleHeatmap() {
    const { preferences } = this.#context;
    preferences.set('heatmap', !preferences.get('heatmap'));
    this.applyOverlays();
  }

  toggleLungs() {
    const { preferences } = this.#context;
    preferences.set('lungs', !preferences.get('lungs'));
    this.applyOverlays();
  }

  /** Shows the overlays as the preferences want them. */
  applyOverlays() {
    const { preferences, api } = this.#context;
    const heatmap = preferences.get('heatmap') && this.#labels.length > 0;
    const lungs = preferences.get('lungs');
    this.#toggles.get('heatmap')?.setAttribute('aria-pressed', String(heatmap));
    this.#toggles.get('lungs')?.setAttribute('aria-pressed', String(lungs));
    for (const control of this.#overlays.querySelectorAll('select')) {
      if (control.getAttribute('aria-label') === 'Heatmap of') {
        control.value = this.#label ?? '';
      }
    }
    const range = this.#overlays.querySelector('input');
    if (range) {
      range.value = String(Math.round(preferences.get('opacity') * 100));
    }
    const colorMap = preferences.get('colorMap');
    for (const pane of this.#panes) {
      void pane.overlay?.show({
        heatmap,
        label: this.#label ?? pane.label,
        colorMap,
        opacity: preferences.get('opacity'),
        lungs,
      });
    }
    if (this.#labels.length > 0) {
      void loadColorMaps(api).then(
        (maps) => drawScale(this.#scale, maps[colorMap] ?? Object.values(maps)[0] ?? []),
        () => undefined,
      );
    }
  }

  #windowTyped() {
    const width = this.#width.valueAsNumber;
    const center = this.#center.valueAsNumber;
    if (Number.isFinite(width) && Number.isFinite(center)) {
      this.#lead.change({ window: { center, width } });
    } else {
      this.#showView();
    }
  }

  #showView() {
    const { window: grayWindow, inverted, magnifier } = this.#lead.view;
    this.#zoom.textContent = `${Math.round((this.#lead.scale / window.devicePixelRatio) * 100)} %`;
    for (const [input, value] of /** @type {const} */ ([
      [this.#width, grayWindow.width],
      [this.#center, grayWindow.center],
    ])) {
      if (document.activeElement !== input) {
        input.value = String(Math.round(value));
      }
    }
    this.#toggles.get('invert')?.setAttribute('aria-pressed', String(inverted));
    this.#toggles.get('magnifier')?.setAttribute('aria-pressed', String(magnifier));
  }

  /**
   * @param {string} key
   * @returns {boolean} whether the key was a shortcut of the picture
   */
  shortcut(key) {
    const { preferences } = this.#context;
    const opacity = preferences.get('opacity');
    switch (key) {
      case 'h':
        this.toggleHeatmap();
        return true;
      case 'o':
        this.toggleLungs();
        return true;
      case 'l': {
        const at = this.#label === null ? -1 : this.#labels.indexOf(this.#label);
        this.#chooseLabel(this.#labels[(at + 1) % Math.max(1, this.#labels.length)] ?? null);
        return true;
      }
      case '[':
      case ']':
        preferences.set(
          'opacity',
          Math.max(0, Math.min(1, Math.round(opacity * 10 + (key === ']' ? 1 : -1)) / 10)),
        );
        this.applyOverlays();
        return true;
      default:
        return this.#lead.shortcut(key);
    }
  }
}
