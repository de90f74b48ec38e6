// Keeps the texts of axes and areas at their places while the view moves: an axis with its stretches along the lower
// edge of the images, the name of each area inside its upper edge. By hand rather than by template: this runs with
// every frame. Text is only ever set as text.
import { placeAreas } from '../geometry/areas';
import { AXIS_ROW_PX, isTick, placeAxis, type PlacedAxis, type TextWidths } from '../geometry/axis';
import type { Label } from '../geometry/labels';
import type { ViewState, ViewStore } from '../state/app_state';
import { strings } from '../strings';

/** Below the header and above the controls, CSS pixels. */
const CLEAR = { top: 56, bottom: 60 };

export interface FrameFollower {
  /** Tells what a panel covers at the right, CSS pixels. */
  keepClear(right: number): void;
  stop(): void;
}

export function followFrame(layer: HTMLElement, labels: readonly Label[], view: ViewStore): FrameFollower {
  const elements = labels.map(makeElement);
  const widths = measure(layer, elements);
  const axis = document.createElement('div');
  axis.className = 'axis';
  layer.append(axis);
  labels.forEach((label, index) => {
    if (isTick(label)) axis.append(elements[index]);
  });
  let shown: ReadonlySet<number> = new Set();
  let right = 0;

  const place = ({ camera, viewport, isChangingLayout }: ViewState) => {
    layer.classList.toggle('shown', !isChangingLayout);
    if (isChangingLayout) return;
    const clear = { ...CLEAR, right };
    const placed = placeAxis(labels, widths, camera, viewport, shown, clear);
    shown = new Set(placed?.ticks.filter((tick) => tick.x !== null).map((tick) => tick.index));
    showAxis(axis, elements, placed, viewport.height);
    const areas = new Map(placeAreas(labels, widths.map((width) => width.withCount), camera, viewport, clear).map((area) => [area.index, area]));
    labels.forEach((label, index) => {
      if (label.kind !== 'area') return;
      const element = elements[index];
      const area = areas.get(index);
      element.hidden = !area;
      if (!area) return;
      element.style.maxWidth = `${String(Math.floor(area.maxWidth))}px`;
      element.style.transform = `translate(${String(Math.round(area.x))}px, ${String(Math.round(area.y))}px) translateX(-50%)`;
    });
  };
  const unsubscribe = view.subscribe(place);
  return {
    keepClear: (covered) => {
      if (covered === right) return;
      right = covered;
      place(view.get());
    },
    stop: () => {
      unsubscribe();
      layer.replaceChildren();
      layer.classList.remove('shown');
    },
  };
}

function showAxis(axis: HTMLElement, elements: readonly HTMLElement[], placed: PlacedAxis | null, height: number): void {
  axis.hidden = !placed;
  if (!placed) return;
  axis.classList.toggle('held', placed.isHeld);
  axis.style.transform = `translateY(${String(Math.round(placed.y))}px)`;
  axis.style.height = `${String(placed.isHeld ? height - placed.y : placed.rows * AXIS_ROW_PX)}px`;
  const seen = new Set(placed.ticks.map((tick) => elements[tick.index]));
  for (const element of axis.children) (element as HTMLElement).hidden = !seen.has(element as HTMLElement);
  for (const { index, row, left, right, x, hasCount } of placed.ticks) {
    const element = elements[index];
    element.style.transform = `translate(${left.toFixed(1)}px, ${String(row * AXIS_ROW_PX)}px)`;
    element.style.width = `${(right - left).toFixed(1)}px`;
    const text = element.firstElementChild as HTMLElement;
    text.hidden = x === null;
    if (x !== null) text.style.transform = `translateX(${(x - left).toFixed(1)}px) translateX(-50%)`;
    text.classList.toggle('plain', !hasCount);
  }
}

function makeElement(label: Label): HTMLElement {
  const element = document.createElement('div');
  element.className = label.kind;
  element.dataset['level'] = String(label.level);
  if (label.count === 0) element.dataset['empty'] = '';
  const text = document.createElement('span');
  const name = document.createElement('bdi');
  name.textContent = label.text;
  const count = document.createElement('small');
  count.textContent = label.count > 0 ? strings.count(label.count) : '';
  text.append(name, count);
  element.append(text);
  return element;
}

/** Widths of all texts, measured together so that the browser lays out once. */
function measure(layer: HTMLElement, elements: readonly HTMLElement[]): TextWidths[] {
  layer.append(...elements);
  return elements.map((element) => {
    const [name, count] = element.firstElementChild?.children ?? [];
    const width = (name as HTMLElement).offsetWidth;
    const left = (name as HTMLElement).offsetLeft;
    return { text: width, withCount: Math.max(width, (count as HTMLElement).offsetLeft + (count as HTMLElement).offsetWidth - left) };
  });
}
