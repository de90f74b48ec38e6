// Gives the focus to what fills the window: the map, or in its stead the list, at the image that it was on.
export function focusView(): void {
  const find = (selector: string) => document.querySelector<HTMLElement>(selector);
  const view = find("#clipplot-list button[tabindex='0']") ?? find('#clipplot-list') ?? find('#clipplot-map:not([inert])');
  view?.focus({ preventScroll: true });
}
