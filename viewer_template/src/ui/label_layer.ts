// Keeps label elements at their places while the view moves. By hand rather than by template: this runs with
// every frame. Text is only ever set as text.
import { worldToScreen } from '../geometry/camera';
import { type Label, type LabelBox, type PlacedLabel, placeLabels } from '../geometry/labels';
import type { ViewState, ViewStore } from '../state/app_state';

const FADE_MS = 260;
/** Below the header and above the controls, CSS pixels. */
const CLEAR = { top: 54, bottom: 58, right: 0 };

export interface LabelFollower {
  /** Tells what a panel covers at the right, CSS pixels. */
  keepClear(right: number): void;
  /** The label shown at a point of the page, or null. */
  at(x: number, y: number): Label | null;
  /** Takes the labels away again. */
  stop(): void;
}

export function followLabels(layer: HTMLElement, labels: readonly Label[], view: ViewStore): LabelFollower {
  const boxes = measure(layer, labels);
  const elements = new Map<number, HTMLElement>();
  const leaving = new Map<number, number>();
  let shown: ReadonlySet<number> = new Set();
  let standing: readonly PlacedLabel[] = [];
  let clear = CLEAR;

  const place = (state: ViewState) => {
    const { camera, viewport } = state;
    const placed = state.isChangingLayout ? [] : placeLabels(labels, boxes, camera, viewport, shown, clear);
    standing = placed;
    shown = new Set(placed.map((p) => p.index));
    for (const index of shown) {
      clearTimeout(leaving.get(index));
      leaving.delete(index);
      let element = elements.get(index);
      if (!element) {
        element = makeElement(labels[index]);
        elements.set(index, element);
        layer.append(element);
        const added = element;
        requestAnimationFrame(() => {
          if (shown.has(index)) added.classList.add('shown');
        });
      } else element.classList.add('shown');
    }
    const places = new Map(placed.map((p) => [p.index, p]));
    for (const [index, element] of elements) {
      const at = places.get(index) ?? worldToScreen(camera, viewport, labels[index].x, labels[index].y);
      const x = at.x - boxes[index].width / 2;
      const y = at.y - boxes[index].height / 2;
      element.style.transform = `translate(${String(Math.round(x))}px, ${String(Math.round(y))}px)`;
      if (shown.has(index) || leaving.has(index)) continue;
      element.classList.remove('shown');
      leaving.set(
        index,
        window.setTimeout(() => {
          element.remove();
          elements.delete(index);
          leaving.delete(index);
        }, FADE_MS),
      );
    }
  };
  const unsubscribe = view.subscribe(place);
  const stop = () => {
    unsubscribe();
    for (const timer of leaving.values()) clearTimeout(timer);
    for (const element of elements.values()) {
      element.classList.remove('shown');
      setTimeout(() => {
        element.remove();
      }, FADE_MS);
    }
  };
  const keepClear = (right: number) => {
    if (right === clear.right) return;
    clear = { ...CLEAR, right };
    place(view.get());
  };
  const at = (x: number, y: number) => {
    const found = standing.find((p) => Math.abs(p.x - x) <= boxes[p.index].width / 2 && Math.abs(p.y - y) <= boxes[p.index].height / 2);
    return found ? labels[found.index] : null;
  };
  return { keepClear, at, stop };
}

function makeElement(label: Label): HTMLElement {
  const element = document.createElement('span');
  element.dir = 'auto';
  element.dataset['kind'] = label.kind;
  element.dataset['level'] = String(Math.min(2, label.level));
  element.textContent = label.text;
  return element;
}

/** Sizes of all labels, measured together so that the browser lays out once. */
function measure(layer: HTMLElement, labels: readonly Label[]): LabelBox[] {
  const elements = labels.map(makeElement);
  layer.append(...elements);
  const boxes = elements.map((element) => ({ width: element.offsetWidth, height: element.offsetHeight }));
  for (const element of elements) element.remove();
  return boxes;
}
