// Keeps the address bar and the store together. Another image or layout is a step that one can go back from;
// moving the camera is not.
import type { AppState, AppStore } from './app_state';
import { narrowingOf, sameNarrowing } from './filters_url';
import { isOverlayMove, overlaysOf } from './overlays_url';
import { isLookingMove, isLookingStep, lookingOf } from './search_url';
import { type Address, formatAddress, parseAddress } from './url';

const CAMERA_PAUSE_MS = 300;

function addressOf(state: AppState, homeLayout: string): Address {
  const { place, openId: image, isRaw, sizeFactor } = state;
  return { ...narrowingOf(state), ...lookingOf(state), ...overlaysOf(state), layout: state.layout === homeLayout ? null : state.layout, place, image, isRaw, sizeFactor };
}

/** @param onTravel called when the person goes back or forward */
export function followHistory(store: AppStore, homeLayout: string, onTravel: (address: Address) => void): void {
  let before = store.get();
  let timer = 0;
  let isTraveling = false;
  const write = (how: 'push' | 'replace') => {
    const hash = formatAddress(addressOf(store.get(), homeLayout));
    if (hash === location.hash) return;
    const url = location.pathname + location.search + hash;
    if (how === 'push') history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  };
  store.subscribe((state) => {
    const isStep = !sameNarrowing(state, before) || isLookingStep(state, before) || state.layout !== before.layout || state.openId !== before.openId || state.isRaw !== before.isRaw;
    const isMove = state.place !== before.place || state.sizeFactor !== before.sizeFactor || isLookingMove(state, before) || isOverlayMove(state, before);
    // While the id of an opened image is being looked up, or a range is being dragged, the step is not complete.
    const isPending = (state.open >= 0 && state.openId === null) || state.isBrushing;
    before = isPending ? { ...state, ...narrowingOf(before), ...lookingOf(before), openId: before.openId, layout: before.layout } : state;
    if (isPending || !state.isReady || isTraveling) return;
    if (isStep) {
      clearTimeout(timer);
      write('push');
    } else if (isMove) {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        write('replace');
      }, CAMERA_PAUSE_MS);
    }
  });
  window.addEventListener('popstate', () => {
    clearTimeout(timer);
    isTraveling = true;
    try {
      onTravel(parseAddress(location.hash));
    } finally {
      isTraveling = false;
    }
  });
}
