"""The service's status as the page gets it: only what is new since its last poll."""

from mnist_demo.model.spec import Spec
from mnist_demo.service import Service
from mnist_demo.service.status import Status
from mnist_demo.training.recipe import recipe_for
from mnist_demo.web import schemas
from mnist_demo.web.parts import encoded, moments_payload, sentence_payload


class StatusFeed:
    """Listens to the service and numbers its trainings and their moments, so that a page can say what it has."""

    def __init__(self, service: Service):
        self._service = service
        self._now = service.status, 1, 1
        service.listen(self._listen)

    def _listen(self, status: Status) -> None:
        before, number, moments = self._now
        goes_on = (
            status.history[: len(before.history)] == before.history
            and status.eval_points[: len(before.eval_points)] == before.eval_points
            and status.learning_rates == before.learning_rates
            and status.samples is before.samples
        )
        number = number if goes_on else number + 1
        self._now = status, number, moments if status.moments == before.moments else moments + 1

    def since(
        self, run: str, version: int, training: int, epochs: int, points: int, moments: int
    ) -> schemas.Status | None:
        """The status for a page that has that `version` of `run`'s, with so many `epochs` and evaluation `points` of
        the training of that number, and the moments of that number; None if it has everything."""
        status, number, moments_number = self._now
        if run == self._service.run and version == status.version:
            return None
        same_training = run == self._service.run and training == number
        epochs, points = (epochs, points) if same_training else (0, 0)
        return schemas.Status(
            run=self._service.run,
            version=status.version,
            phase=status.phase,
            message=sentence_payload(status.message),
            notices=[sentence_payload(notice.sentence) for notice in status.notices],
            source=sentence_payload(status.source) if status.source else None,
            epochs=status.epochs,
            progress=round(status.progress, 4),
            seconds_left=status.seconds_left,
            test_accuracy=status.test_accuracy,
            device=status.device,
            parameters=status.parameters,
            seconds=status.seconds,
            answering_epoch=status.answering_epoch,
            model_version=status.model_version,
            evaluated=status.evaluated,
            test_images=status.test_images,
            can_fetch=status.can_fetch,
            may_train=self._service.settings.retrain_button,
            runs_version=self._service.runs.version,
            run_training=self._service.runs.training is not None,
            usual_epochs=recipe_for(status.data, None, self._service.settings.limit).epochs,
            earlier_accuracy=self._service.earlier.test_accuracy if self._service.earlier else None,
            data=status.data,
            training_number=number,
            training=None if same_training else _training(status, self._service.spec),
            moments_number=moments_number,
            moments=None if run == self._service.run and moments == moments_number else moments_payload(status.moments),
            history=[
                schemas.Epoch(epoch=epoch.epoch, test_accuracy=epoch.test_accuracy, kernels=epoch.kernels)
                for epoch in status.history[epochs:]
            ],
            eval_points=[
                schemas.EvalPoint(
                    at=point.at,
                    accuracy=point.accuracy,
                    loss=point.loss,
                    test_accuracy=point.test_accuracy,
                    test_loss=point.test_loss,
                )
                for point in status.eval_points[points:]
            ],
        )


def _training(status: Status, spec: Spec) -> schemas.Training:
    samples = status.samples
    return schemas.Training(
        spec=spec.to_json(),
        learning_rates=[float(f"{rate:.3g}") for rate in status.learning_rates],
        samples=schemas.Samples(images=encoded(samples[0]), labels=samples[1].tolist()) if samples else None,
    )
