// Carries out what hands and interface ask for: between the store, the map and the site.
import type { Site } from './data/site';
import { toggleGroup } from './data/filter';
import { Drawing } from './drawing';
import { SiteError, UnreachableError } from './data/site_error';
import type { Label } from './geometry/labels';
import type { ImageMap } from './map/image_map';
import type { Shown } from './map/no_map';
import type { Hand } from './map/input';
import { Stepper } from './map/stepper';
import type { AppStore, Theme } from './state/app_state';
import type { Choosing } from './state/choosing';
import { reconnected } from './state/reconnected';
import { remember, remembered } from './state/remembered';
import { narrowingOf } from './state/filters_url';
import { overlaysOf } from './state/overlays_url';
import { lookingOf } from './state/search_url';
import type { Address } from './state/url';
import { strings } from './strings';
import type { Actions } from './ui/actions';

/** The theme chosen at an earlier visit. */
export function rememberedTheme(): Theme {
  const theme = remembered('theme');
  return theme === 'dark' || theme === 'light' ? theme : 'auto';
}

/** What the interface can ask for where there is no map. */
export function plainActions(app: AppStore, applyTheme: () => void): Actions {
  const nothing = () => undefined;
  return {
    chooseLayout: nothing,
    fit: nothing,
    zoomBy: nothing,
    lookAt: nothing,
    open: nothing,
    close: nothing,
    setInsets: nothing,
    setLabelFinder: nothing,
    startSelecting: nothing,
    toggleChosen: nothing,
    ranksInView: () => null,
    tell: nothing,
    setRaw: nothing,
    setSizeFactor: (sizeFactor) => {
      app.set({ sizeFactor });
    },
    toggleTheme: () => {
      const isLight = getComputedStyle(document.documentElement).colorScheme === 'light';
      const theme = isLight ? 'dark' : 'light';
      app.set({ theme });
      remember('theme', theme);
      applyTheme();
    },
    setHelp: (isHelpOpen) => {
      app.set({ isHelpOpen });
    },
    dismissNotice: () => {
      app.set({ notice: null });
    },
  };
}

export class Session {
  private findLabel: (x: number, y: number) => Label | null = () => null;
  /** Whether labels could not be had. */
  private lacksLabels = false;
  private stepper: Stepper | null = null;
  /** Raised by whatever opens or closes an image: what is looked up for an earlier one comes too late. */
  private turn = 0;

  constructor(
    private readonly site: Site,
    private readonly app: AppStore,
    private readonly map: Shown,
  ) {}

  tell(error: unknown): void {
    if (error instanceof UnreachableError) return; // connection.ts tells it, once
    this.app.set({ notice: strings.fileTrouble(error instanceof SiteError ? error.message : String(error)) });
  }

  layoutNamed(name: string | null) {
    const { layouts, homeLayout } = this.site.manifest;
    const usable = layouts.filter((layout) => layout.positions !== null);
    return usable.find((layout) => layout.name === name) ?? usable.find((layout) => layout.name === homeLayout) ?? usable[0];
  }

  async showLabels(name: string): Promise<void> {
    try {
      const layout = this.layoutNamed(name);
      await this.site.ground(layout, this.map.spread); // it is drawn with the layout; here it is told if it cannot be read
      const labels = await this.map.arrangeLabels(layout, await this.site.labels(layout, this.map.spread));
      if (this.app.get().layout !== name) return;
      this.lacksLabels = false;
      this.app.set({ labels });
    } catch (error) {
      this.lacksLabels = true;
      this.tell(error);
    }
  }

  /** The server answers again after it could not be reached. */
  retry(): void {
    const { layout, open, openId } = this.app.get();
    if (this.lacksLabels) void this.showLabels(layout);
    if (open >= 0 && openId === null) this.findId(open);
  }

  /** Shows the arrangement of the layout that suits the window and what is wanted of it. */
  async rearrange(place: Address['place'] | 'same' = 'same'): Promise<void> {
    if (this.map.isWellArranged) return;
    this.app.set({ labels: [], isLayoutLoading: true });
    await this.chooseLayout(this.app.get().layout, place);
  }

  setRaw(isRaw: boolean): void {
    this.app.set({ isRaw, place: null, hovered: -1, hoveredAt: null });
    void this.rearrange();
  }

  async chooseLayout(name: string, place: Address['place'] | 'same' = null): Promise<void> {
    const layout = this.layoutNamed(name);
    const before = this.app.get().layout;
    if (before !== layout.name) this.app.set({ layout: layout.name, place: place === 'same' ? null : place, labels: [], isLayoutLoading: true, hovered: -1, hoveredAt: null });
    try {
      await this.map.showLayout(layout, place);
      await this.showLabels(layout.name);
    } catch (error) {
      this.tell(error);
      if (this.app.get().layout === layout.name) {
        this.app.set({ layout: before });
        void this.showLabels(before);
      }
    }
    if (this.app.get().layout === layout.name || this.app.get().layout === before) this.app.set({ isLayoutLoading: false });
  }

  /** @param id of the image, if it is known already */
  open(rank: number, how: 'stay' | 'fly', id: string | null = null): void {
    const { imageCount, gone } = this.site.manifest;
    if (rank < 0 || rank >= imageCount || gone?.[rank] === 1) return;
    this.turn++;
    this.app.set({ open: rank, openId: id, hovered: -1, hoveredAt: null });
    if (id === null) this.findId(rank);
    // After the panel has told how much of the window it takes.
    requestAnimationFrame(() => {
      if (how === 'fly') this.map.travel.flyTo(rank);
      else this.map.travel.keepInSight(rank);
    });
    this.map.wake();
  }

  private findId(rank: number): void {
    this.site.idOf(rank).then(
      (openId) => {
        if (this.app.get().open === rank) this.app.set({ openId });
      },
      (error: unknown) => {
        this.tell(error);
      },
    );
  }

  close(): void {
    this.turn++;
    // A dialog that goes with the panel says nothing of its end.
    this.app.set({ open: -1, openId: null, isPictureOpen: false });
    this.map.wake();
  }

  /** Opens the image that an address names; one that is no longer in the collection is told. */
  async openById(id: string, how: 'stay' | 'fly'): Promise<void> {
    const turn = ++this.turn;
    const { reconnections } = this.app.get();
    try {
      const rank = await this.site.rankOf(id);
      if (turn !== this.turn) return;
      if (rank >= 0) this.open(rank, how, id);
      else {
        this.close();
        this.app.set({ notice: strings.unknownImage(id) });
      }
    } catch (error) {
      if (turn !== this.turn) return;
      this.tell(error);
      if (!(error instanceof UnreachableError)) return;
      this.app.set({ openId: id }); // so that the address keeps it
      void reconnected(this.app, reconnections).then(() => (turn === this.turn ? this.openById(id, how) : undefined));
    }
  }

  /** Goes where the history leads. What the address says is in the store at once, so that it is no new step. */
  travel(address: Address): void {
    const layout = this.layoutNamed(address.layout);
    const { openId } = this.app.get();
    const { place, isRaw, sizeFactor } = address;
    this.app.set({ ...narrowingOf(address), ...lookingOf(address), ...overlaysOf(address), isList: address.isList || !this.app.get().hasMap, place, openId: address.image, isRaw, sizeFactor });
    if (layout.name !== this.app.get().layout) void this.chooseLayout(layout.name, address.place);
    else if (!this.map.isWellArranged) void this.rearrange(place);
    else this.map.travel.goTo(address.place);
    if (address.image === null) this.close();
    else if (address.image !== openId) void this.openById(address.image, 'stay');
  }

  actions(applyTheme: () => void, setInsets: Actions['setInsets'], choosing: Choosing): Actions {
    return {
      ...plainActions(this.app, applyTheme),
      chooseLayout: (name) => void this.chooseLayout(name),
      fit: (least) => {
        this.map.travel.fit(least);
      },
      zoomBy: (factor) => {
        this.map.travel.zoomBy(factor);
      },
      lookAt: (at, isFlight) => {
        this.map.travel.lookAt(at, isFlight);
      },
      open: (rank, how) => {
        this.open(rank, how);
      },
      close: () => {
        this.close();
      },
      setInsets,
      startSelecting: () => {
        this.app.set({ tool: this.app.get().tool === null ? 'lasso' : null, outline: null });
      },
      toggleChosen: (focused) => {
        const { open, isList } = this.app.get();
        // Behind the list the map is not seen.
        const rank = focused >= 0 ? focused : open >= 0 || isList ? open : this.pointedAt();
        if (rank >= 0) choosing.toggle(rank);
      },
      setLabelFinder: (find) => {
        this.findLabel = find;
      },
      ranksInView: () => this.map.ranksInView(),
      tell: (error) => {
        this.tell(error);
      },
      setRaw: (isRaw) => {
        this.setRaw(isRaw);
      },
    };
  }

  /** The image that is meant where none is pointed at with a hand. */
  private pointedAt(): number {
    const stepped = this.stepper?.rank ?? -1;
    return stepped >= 0 ? stepped : this.map.nearestToMiddle();
  }

  /** The name of a group of images, which can be clicked to see it alone. */
  private groupAt(x: number, y: number): Label | null {
    const label = x < 0 ? null : this.findLabel(x, y);
    return label?.kind === 'cluster' ? label : null;
  }

  hand(map: ImageMap, choosing: Choosing): Hand {
    const { app } = this;
    const drawing = new Drawing(app, map, choosing);
    const stepper = new Stepper(app, map);
    this.stepper = stepper;
    return {
      beginDrawing: (x, y, keys) => drawing.begin(x, y, keys),
      draw: (x, y) => {
        drawing.draw(x, y);
      },
      endDrawing: (keys) => {
        drawing.end(keys);
      },
      cancelDrawing: () => {
        drawing.cancel();
      },
      motion: map.travel.motion,
      moved: () => {
        map.travel.handled();
      },
      click: (x, y, keys) => {
        const group = this.groupAt(x, y);
        const rank = map.pick(x, y);
        if (keys.ctrl || app.get().tool !== null) {
          if (group) choosing.joinGroup(group.level, group.text, keys.ctrl || keys.shift ? 'add' : undefined);
          else if (rank >= 0) choosing.toggle(rank);
        } else if (group) app.set({ filters: toggleGroup(app.get().filters, group.level, group.text) });
        else if (rank >= 0) this.open(rank, 'stay');
        else this.close();
      },
      rest: (at) => {
        const rank = at && !this.groupAt(at.x, at.y) ? map.pick(at.x, at.y) : -1;
        app.set({ hovered: rank, hoveredAt: rank >= 0 ? map.boxOf(rank) : null });
      },
      hover: (x, y) => {
        const group = this.groupAt(x, y);
        const rank = x < 0 || group ? -1 : map.pick(x, y);
        map.setHovered(rank);
        document.documentElement.classList.toggle('over-image', rank >= 0 || group !== null);
      },
      fit: () => {
        map.travel.fit();
      },
      openNearest: () => {
        this.open(this.pointedAt(), 'stay');
      },
      step: (direction) => {
        stepper.step(direction);
      },
      escape: () => {
        stepper.leave();
        if (app.get().tool !== null) app.set({ tool: null, outline: null });
        else this.close();
      },
      help: () => {
        if (app.get().hasLetterKeys) app.set({ isHelpOpen: true });
      },
    };
  }
}
