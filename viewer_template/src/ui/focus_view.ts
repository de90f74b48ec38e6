// What has the focus of what fills the window: the map, or in its stead the list.

/** Gives it the focus; the list takes it at the image that it was on. */
export function focusView(): void {
  const find = (selector: string) => document.querySelector<HTMLElement>(selector);
  const view = find("#clipplot-list button[tabindex='0']") ?? find('#clipplot-list') ?? find('#clipplot-map:not([inert])');
  view?.focus({ preventScroll: true });
}

/** The rank of the image of the list that has the focus; -1: none has. */
export function focusedInList(): number {
  const { activeElement } = document;
  const item = activeElement instanceof HTMLElement && activeElement.closest('#clipplot-list') ? activeElement.dataset['rank'] : undefined;
  return item === undefined ? -1 : Number(item);
}
