"""The real Inception-v3, loaded once."""

import keras
import pytest

from shared.store import ModelStore


@pytest.fixture(scope="session")
def base(real_store: ModelStore):
    return real_store.manifest(real_store.default())


@pytest.fixture
def network(real_store, base):
    """A fresh copy: training changes it."""
    return keras.models.load_model(real_store.folder(base.name) / "model.keras", compile=False)
