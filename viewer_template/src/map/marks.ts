// Tells the renderer which images are lit, chosen and of which colour, whenever the store says so.
import { readColor } from '../data/coloring';
import type { Renderer } from '../render/renderer';
import type { AppState, AppStore } from '../state/app_state';
import { type Looks, looksOf } from './looks';

type Marks = Pick<AppState, 'lit' | 'unlit' | 'selection' | 'coloring'>;

/** @param onChange called with how images are now drawn, and whether others are lit or hidden than before */
export function followMarks(app: AppStore, renderer: Renderer, onChange: (looks: Looks | null, areOthers: boolean) => void): void {
  let before: Marks = { lit: null, unlit: 'grey', selection: null, coloring: null };
  let looks: Looks | null = null;
  app.subscribe((state) => {
    const { coloring, selection } = before;
    const areOthers = state.lit !== before.lit || state.unlit !== before.unlit;
    if (!areOthers && state.selection === selection && state.coloring === coloring) return;
    before = state;
    if (areOthers) looks = looksOf(state.lit, state.unlit);
    if (areOthers || state.selection !== selection) renderer.setLooks(looks?.bytes ?? null, state.selection?.mask ?? null);
    if (state.coloring !== coloring) renderer.setColors(state.coloring?.codes ?? null, (state.coloring?.palette ?? []).map(readColor));
    onChange(looks, areOthers);
  });
}
