// Paths of the icons, drawn by Icon.svelte with a 1.6 px stroke on a 24 px field.
export const icons = {
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  fit: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  sliders: 'M4 8h9M17 8h3M4 16h3M11 16h9M15 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4M9 14a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  close: 'M6 6l12 12M18 6L6 18',
  previous: 'M14.5 6l-6 6 6 6',
  next: 'M9.5 6l6 6-6 6',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1',
  moon: 'M19.5 14.2A8 8 0 1 1 9.8 4.5a6.5 6.5 0 0 0 9.7 9.7z',
  filter: 'M4 6h16M7 12h10M10 18h4',
  drop: 'M12 3.5c3.4 4 5.5 6.9 5.5 9.8a5.5 5.5 0 0 1-11 0c0-2.9 2.1-5.8 5.5-9.8z',
  search: 'M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l5 5',
  list: 'M4.5 5h5v5h-5zM4.5 14h5v5h-5zM13.5 6h6M13.5 9h4M13.5 15h6M13.5 18h4',
  map: 'M9 5L4 7v12l5-2 6 2 5-2V5l-5 2-6-2zM9 5v12M15 7v12',
  rising: 'M7 19V5M3.5 8.5L7 5l3.5 3.5M14 7h3M14 12h5M14 17h7',
  falling: 'M7 5v14M3.5 15.5L7 19l3.5-3.5M14 7h7M14 12h5M14 17h3',
  help: 'M9.2 9.3a2.9 2.9 0 1 1 4.4 2.5c-1 .6-1.6 1.2-1.6 2.3M12 17.4v.2',
} as const;

export type IconName = keyof typeof icons;
