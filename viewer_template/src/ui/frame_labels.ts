// Keeps the texts of axes and areas at their places while the view moves: an axis with its stretches along the lower
// edge of the images, or left of them; the name of each area inside its upper edge. By hand rather than by template: this runs with
// every frame. Text is only ever set as text.
import { placeAreas } from '../geometry/areas';
import { AXIS_COLUMN_PX, AXIS_ROW_PX, isTick, placeAxis, type PlacedAxis, type PlacedTick, type TextSize } from '../geometry/axis';
import type { Viewport } from '../geometry/camera';
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
  const sizes = measure(layer, elements);
  const areaWidths = sizes.map((size) => size.withCount);
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
    const placed = placeAxis(labels, sizes, camera, viewport, shown, clear);
    shown = new Set(placed?.ticks.filter((tick) => tick.at !== null).map((tick) => tick.index));
    showAxis(axis, elements, placed, viewport);
    const areas = new Map(placeAreas(labels, areaWidths, camera, viewport, clear).map((area) => [area.index, area]));
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

function showAxis(axis: HTMLElement, elements: readonly HTMLElement[], placed: PlacedAxis | null, viewport: Viewport): void {
  axis.hidden = !placed;
  if (!placed) return;
  const { isVertical, isHeld, edge, depth, ticks } = placed;
  axis.classList.toggle('held', isHeld);
  axis.classList.toggle('vertical', isVertical);
  // Held at the edge of the window it hides what goes on beyond.
  if (isVertical) Object.assign(axis.style, { transform: `translateX(${px(edge - depth)})`, width: px(depth), height: '' });
  else Object.assign(axis.style, { transform: `translateY(${px(edge)})`, height: px(isHeld ? viewport.height - edge : depth), width: '' });
  const seen = new Set(ticks.map((tick) => elements[tick.index]));
  for (const element of axis.children) (element as HTMLElement).hidden = !seen.has(element as HTMLElement);
  for (const tick of ticks) showTick(elements[tick.index], tick, isVertical, depth);
}

function showTick(element: HTMLElement, { row, from, to, at, hasCount }: PlacedTick, isVertical: boolean, depth: number): void {
  const extent = `${(to - from).toFixed(1)}px`;
  const text = element.firstElementChild as HTMLElement;
  const middle = `${((at ?? from) - from).toFixed(1)}px`;
  if (isVertical) {
    const width = row === 0 ? AXIS_COLUMN_PX : AXIS_ROW_PX;
    const left = depth - AXIS_COLUMN_PX - row * AXIS_ROW_PX;
    Object.assign(element.style, { transform: `translate(${px(left)}, ${from.toFixed(1)}px)`, width: px(width), height: extent });
    text.style.transform = `translateY(${middle}) translateY(-50%)${row > 0 ? ' rotate(180deg)' : ''}`;
  } else {
    Object.assign(element.style, { transform: `translate(${from.toFixed(1)}px, ${px(row * AXIS_ROW_PX)})`, width: extent, height: '' });
    text.style.transform = `translateX(${middle}) translateX(-50%)`;
  }
  text.hidden = at === null;
  text.classList.toggle('plain', !hasCount);
  element.classList.toggle('turned', isVertical && row > 0);
}

function px(value: number): string {
  return `${String(Math.round(value))}px`;
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
  text.append(name, ' ', count);
  element.append(text);
  return element;
}

/** Sizes of all texts, measured together so that the browser lays out once. */
function measure(layer: HTMLElement, elements: readonly HTMLElement[]): TextSize[] {
  layer.append(...elements);
  return elements.map((element) => {
    const [name, count] = element.firstElementChild?.children ?? [];
    const width = (name as HTMLElement).offsetWidth;
    const left = (name as HTMLElement).offsetLeft;
    return { height: (name as HTMLElement).offsetHeight, text: width, withCount: Math.max(width, (count as HTMLElement).offsetLeft + (count as HTMLElement).offsetWidth - left) };
  });
}
