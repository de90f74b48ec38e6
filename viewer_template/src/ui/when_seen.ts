// Calls once when an element comes near the part of the window that is seen.
export function whenSeen(call: () => void): (element: Element) => () => void {
  return (element) => {
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        call();
      },
      { rootMargin: '120px' },
    );
    watcher.observe(element);
    return () => {
      watcher.disconnect();
    };
  };
}
