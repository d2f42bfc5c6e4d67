"""Sessions have names of bounded length.

A visitor's browser chooses the name, and Gradio 6.31 keeps what belongs to the last 2,000 of them.
"""

import annotated_types
from gradio import data_classes
from pydantic import BaseModel

NAMES = ("session_hash", "event_id")
MOST_LETTERS = 200


def bound_names() -> None:
    """Have Gradio refuse requests with longer ones. Before it makes its routes."""
    for model in vars(data_classes).values():
        fields = getattr(model, "model_fields", {}) if isinstance(model, type) and issubclass(model, BaseModel) else {}
        named = [field for name, field in fields.items() if name in NAMES]
        for field in named:
            field.metadata = [annotated_types.MaxLen(MOST_LETTERS)]
        if named:
            model.model_rebuild(force=True)
