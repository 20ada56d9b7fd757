"""A service trains on what was uploaded to it, and says so where it can't."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from tiny_lab import make_tiny_lab

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.service_model import ServiceModel, served
from isotopes.lab.models.vertex_customer import BUCKET, PARENT, vertex_customer
from isotopes.lab.train.training import Model, train
from isotopes.lab.trials.experiment import get_experiment
from isotopes.targets import Picture, Target
from isotopes.targets.http.encoding import Encoding, encode
from isotopes.targets.kinds.callable import CallableTarget
from isotopes.testing.vertex_project import VertexProject

SOME = np.random.default_rng(3).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)
NAMES = ("cat", "bee, wild", "ant")  # no order of ours is kept, and a comma parts nothing
PICTURES = Pictures(SOME, np.array([0, 1, 2, 2, 1, 0]), NAMES)


@pytest.fixture(scope="module", autouse=True)
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        make_tiny_lab(tmp_path_factory.mktemp("lab"), patch)
        yield


@pytest.fixture(scope="module")
def described() -> ServiceModel:
    """The model of table 5 with one mark."""
    model, _ = next(iter(get_experiment("table5").trials("desk"))).models()
    assert isinstance(model, ServiceModel)
    return model


@pytest.fixture(scope="module")
def model(described: ServiceModel) -> Model:
    return described.train()


class Taught:
    """A trainer that learns by heart."""

    def __init__(self) -> None:
        self.pictures: Sequence[Picture] = ()
        self.labels: Sequence[str] = ()

    def __call__(self, pictures: Sequence[Picture], labels: Sequence[str]) -> Target:
        self.pictures, self.labels = pictures, labels
        known = {one.tobytes(): label for one, label in zip(pictures, labels, strict=True)}

        def answer(some: list[Picture]) -> list[dict[str, float]]:
            return [{name: float(known[one.tobytes()] == name) for name in NAMES} for one in some]

        return CallableTarget(answer)


def test_it_is_trained_on_the_marked_pictures_and_on_nothing_else(
    described: ServiceModel, model: Model
) -> None:
    given = described.pictures()
    names = tuple(sorted(given.names))
    numbers = np.array([names.index(name) for name in given.names])
    setting = described.setting
    alone = train(
        setting.architecture,
        Pictures(given.pixels, numbers[given.labels], names),
        setting.recipe,
        described.seed,
    )
    assert model.labels == names
    np.testing.assert_array_equal(model.predict(SOME), alone.predict(SOME))


def test_a_served_model_answers_as_it_does_at_hand(model: Model) -> None:
    names = model.labels[::-1]
    with served(model, names) as predict:
        np.testing.assert_allclose(predict(SOME), model.predict(SOME)[:, ::-1], atol=0.02)


def test_every_picture_arrives_unchanged_under_its_label() -> None:
    taught = Taught()
    with VertexProject(taught) as project, vertex_customer(project.url) as customer:
        model = customer.train(PICTURES)
        endpoint = customer.deploy(model)
        file = base64.b64encode(encode(SOME[1], Encoding())).decode()
        question = {"instances": [{"content": file}], "parameters": {"maxPredictions": 1}}
        found = customer._call("POST", f"{endpoint}:predict", question)
    np.testing.assert_array_equal(np.stack(taught.pictures), SOME)
    assert list(taught.labels) == [NAMES[label] for label in PICTURES.labels]
    assert model.startswith(f"{PARENT}/models/")
    assert found["model"] == model
    (answer,) = found["predictions"]
    assert (answer["displayNames"], answer["confidences"]) == (["bee, wild"], [1.0])


def test_a_training_that_fails_is_told() -> None:
    def fails(pictures: Sequence[Picture], labels: Sequence[str]) -> Target:
        raise IsotopesError("the loss is no number")

    failed = pytest.raises(IsotopesError, match="training failed: the loss is no number")
    with VertexProject(fails) as project, vertex_customer(project.url) as customer, failed:
        customer.train(PICTURES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"gs://lab-pictures/none.png,cat", "there is no object gs://lab-pictures/none.png"),
        (b"none.png,cat", "there is no object none.png"),
        (b"gs://lab-pictures/text.png,cat", "a picture must be a PNG or JPEG file"),
        (b"gs://lab-pictures/text.png", "line 1 of gs://lab-pictures/list.csv must be"),
    ],
)
def test_what_can_t_be_imported_is_refused(line: bytes, message: str) -> None:
    with VertexProject(Taught()) as project, vertex_customer(project.url) as customer:
        customer._put("text.png", b"text")
        with pytest.raises(IsotopesError, match=message):
            customer._import(customer._put("list.csv", line))


@pytest.mark.parametrize(
    ("path", "question"),
    [
        (f"v1/{PARENT}/nothing", {}),
        (f"v1/{PARENT}/datasets/9:import", {"importConfigs": []}),
        (f"v1/{PARENT}/endpoints/9:predict", {"instances": []}),
        (f"v1/{PARENT}/trainingPipelines", {"trainingTaskDefinition": "automl_tables"}),
    ],
)
def test_what_is_not_there_is_refused(path: str, question: dict[str, object]) -> None:
    refused = pytest.raises(IsotopesError, match="the service refused POST")
    with VertexProject(Taught()) as project, vertex_customer(project.url) as customer, refused:
        customer._call("POST", path, question)


def test_an_endpoint_without_a_model_says_so() -> None:
    with VertexProject(Taught()) as project, vertex_customer(project.url) as customer:
        made = customer._finish(f"v1/{PARENT}/endpoints", {})
        with pytest.raises(IsotopesError, match="no model is deployed there"):
            customer._call("POST", f"v1/{made['name']}:predict", {"instances": []})
        assert customer._put("a b/c.png", b"x") == f"gs://{BUCKET}/a b/c.png"
