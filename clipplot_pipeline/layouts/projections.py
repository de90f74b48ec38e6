"""From the globe to the plane: one projection for the world, one for a part of it, both equal-area.

Belongs here: projections, and which of them suits a set of places. Does not belong here: coastlines
(``coastlines``), the world coordinates of a layout (``geography``).

Sources: Šavrič, Patterson, Jenny, "The Equal Earth map projection" (2018); Snyder, "Map Projections: A Working Manual"
(1987), p. 182, for Lambert's azimuthal equal-area projection. Both on the sphere: at the scale of a map in a window the
ellipsoid cannot be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0
#: Places within this distance of their middle get a map of their own; beyond it is the world. Unit: degrees.
LARGEST_REGION = 48.0
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = np.sqrt(3) / 2

Degrees = NDArray[np.float64]
Plane = NDArray[np.float64]


class Projection(Protocol):
    """Longitudes and latitudes in degrees, shape (n, 2), to the plane in earth radii, y northwards."""

    def project(self, places: Degrees) -> Plane:
        """Return points of the plane, shape (n, 2)."""
        ...


@dataclass(frozen=True, slots=True)
class EqualEarth:
    """The whole world, Greenwich in the middle."""

    def project(self, places: Degrees) -> Plane:
        """Return points of the plane, shape (n, 2)."""
        lng, lat = np.radians(np.asarray(places, np.float64)).T
        theta = np.arcsin(np.clip(_M * np.sin(lat), -1, 1))
        t2 = theta * theta
        t6 = t2 * t2 * t2
        x = lng * np.cos(theta) / (_M * (_A1 + 3 * _A2 * t2 + t6 * (7 * _A3 + 9 * _A4 * t2)))
        y = theta * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2))
        return np.column_stack([x, y])


@dataclass(frozen=True, slots=True)
class Azimuthal:
    """A part of the world round a middle: areas are true everywhere, shapes near the middle."""

    lng: float
    lat: float

    def project(self, places: Degrees) -> Plane:
        """Return points of the plane, shape (n, 2): all within 2 of the origin; the antipode lies on that circle."""
        lng, lat = np.radians(np.asarray(places, np.float64)).T
        middle_lng, middle_lat = np.radians(self.lng), np.radians(self.lat)
        away = lng - middle_lng
        cosine = np.sin(middle_lat) * np.sin(lat) + np.cos(middle_lat) * np.cos(lat) * np.cos(away)
        k = np.sqrt(2 / np.maximum(1 + cosine, 1e-9))
        x = k * np.cos(lat) * np.sin(away)
        y = k * (np.cos(middle_lat) * np.sin(lat) - np.sin(middle_lat) * np.cos(lat) * np.cos(away))
        return np.column_stack([x, y])


def choose_projection(places: Degrees) -> EqualEarth | Azimuthal:
    """Return the projection for a set of places, shape (n, 2), n at least 1: the order does not matter.

    The middle is that of the box of latitudes and of the shortest arc of longitudes that holds all.
    """
    lng, lat = find_middle(places)
    reach = np.degrees(measure_angles(places, lng, lat).max())
    return Azimuthal(lng, lat) if reach <= LARGEST_REGION else EqualEarth()


def find_middle(places: Degrees) -> tuple[float, float]:
    """Return the longitude, within [-180, 180], and latitude in the middle of places; unit: degrees."""
    around = np.unique(np.mod(places[:, 0], 360.0))
    gaps = np.diff(around, append=around[:1] + 360.0)
    widest = int(gaps.argmax())
    # The shortest arc begins where the widest gap ends.
    start, extent = float(around[(widest + 1) % len(around)]), 360.0 - float(gaps[widest])
    lng = (start + extent / 2 + 180.0) % 360.0 - 180.0
    return lng, float(places[:, 1].min() + places[:, 1].max()) / 2


def measure_angles(places: Degrees, lng: float, lat: float) -> NDArray[np.float64]:
    """Return how far places are from a middle: the angle at the centre of the earth, radians, shape (n,)."""
    theirs, middle = np.radians(places), np.radians([lng, lat])
    # The haversine form is exact for small distances.
    half = np.sin((theirs - middle) / 2) ** 2
    chord = half[:, 1] + np.cos(theirs[:, 1]) * np.cos(middle[1]) * half[:, 0]
    angles: NDArray[np.float64] = 2 * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return angles
