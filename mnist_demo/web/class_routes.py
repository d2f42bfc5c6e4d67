"""The routes of the tab "Class", under /demo/class. What they answer is in `class_schemas`.

A device sends its writer's random id in the body, never in an address, which would be written into logs.
"""

import re
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mnist_demo.errors import ClassError, RequestError
from mnist_demo.messages import say
from mnist_demo.preprocess import strokes
from mnist_demo.service import Service
from mnist_demo.store import class_files
from mnist_demo.web import class_schemas, class_tab, static
from mnist_demo.web.replies import download, route
from mnist_demo.web.request_parsing import json_object
from mnist_demo.web.rights import Rights, address_of

PREFIX = f"{static.PREFIX}/class"
IMPORT = f"{PREFIX}/import"

_ID = re.compile(r"[0-9a-f]{32}")
_MOST_REMOVED = 1000  # digits by one request

in_thread = anyio.to_thread.run_sync


def routes(service: Service, rights: Rights, address: class_tab.Address) -> list[Route]:
    """The list of them; `address` says where other devices reach the page."""
    kept = service.classroom.digits
    files = anyio.CapacityLimiter(1)  # out or in: one of the largest takes 400 MB meanwhile

    async def state(request: Request) -> class_schemas.ClassState:
        writer = _id(await json_object(request), "writer")
        return await in_thread(class_tab.state, service, writer, rights.is_teacher(request), address.others)

    async def digit(request: Request) -> class_schemas.ClassGiven:
        asked = await json_object(request)
        drawing, label = strokes.check(asked.get("strokes")), asked.get("label")
        if type(label) is not int or not 0 <= label <= 9:
            raise RequestError
        if not drawing:
            raise ClassError(reason=say("reason.class_empty"))
        try:
            name, group = class_files.nickname(asked.get("name")), class_files.group(asked.get("group"))
        except ValueError:
            raise RequestError from None
        writer, key = _id(asked, "writer"), _id(asked, "key")
        number = await in_thread(kept.add, writer, label, drawing, name, group, key, address_of(request))
        return class_schemas.ClassGiven(number=number)

    async def reading(request: Request) -> class_schemas.ClassReading:
        asked = await json_object(request)
        of = asked.get("of")
        if of is not None and type(of) is not int:
            raise RequestError
        return await in_thread(class_tab.reading, service, _id(asked, "writer"), rights.is_teacher(request), of)

    async def remove(request: Request) -> class_schemas.ClassRemoved:
        """Some digits, all of the device's own, or all there are."""
        asked = await json_object(request)
        writer, numbers, everything = _id(asked, "writer"), asked.get("numbers"), asked.get("everything") is True
        if everything:
            rights.check(request)
            return class_schemas.ClassRemoved(removed=await in_thread(kept.clear))
        if numbers is None:
            return class_schemas.ClassRemoved(removed=await in_thread(kept.remove_writer, writer))
        if not isinstance(numbers, list) or not all(type(n) is int for n in numbers) or len(numbers) > _MOST_REMOVED:
            raise RequestError
        chosen: list[int] = numbers
        if not rights.is_teacher(request):
            chosen = await in_thread(class_tab.own, service, writer, chosen)
        return class_schemas.ClassRemoved(removed=await in_thread(kept.remove, chosen))

    async def pin(request: Request) -> Response:
        answer = Response(status_code=204)
        rights.enter(request, (await json_object(request)).get("pin"), answer)
        return answer

    async def train(request: Request) -> None:
        rights.check(request)
        service.train_with_class()

    async def comparison(request: Request) -> class_schemas.ClassComparison:
        rights.check(request)
        return await in_thread(class_tab.comparison, service.classroom.compared(service.model))

    async def network(request: Request) -> None:
        rights.check(request)
        taught = (await json_object(request)).get("taught")
        if type(taught) is not bool:
            raise RequestError
        await in_thread(service.answer_with_class, taught)

    async def export(request: Request) -> Response:
        rights.check(request)
        kind = request.path_params["kind"]
        if kind not in class_files.KINDS:
            raise RequestError
        return download(await in_thread(_content, service, kind, limiter=files), f"{class_files.NAME}.{kind}")

    async def bring_in(request: Request) -> class_schemas.ClassBrought:
        rights.check(request)
        file = await request.body()
        number = await in_thread(lambda: kept.bring_in(class_files.incoming(file)), limiter=files)
        return class_schemas.ClassBrought(number=number)

    return [
        route("POST", f"{PREFIX}/state", state),
        route("POST", f"{PREFIX}/digit", digit),
        route("POST", f"{PREFIX}/reading", reading),
        route("POST", f"{PREFIX}/remove", remove),
        route("POST", f"{PREFIX}/pin", pin),
        route("POST", f"{PREFIX}/train", train),
        route("GET", f"{PREFIX}/comparison", comparison),
        route("POST", f"{PREFIX}/network", network),
        route("GET", f"{PREFIX}/export/{{kind}}", export),
        route("POST", IMPORT, bring_in),
    ]


def _id(asked: dict[str, Any], name: str) -> str:
    """A random id that the device made, of itself (`writer`) or of a digit (`key`). Raises `RequestError`."""
    found = asked.get(name)
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise RequestError
    return found


def _content(service: Service, kind: str) -> bytes:
    classroom = service.classroom
    return class_files.content(kind, classroom.gallery.images(), classroom.digits.writers())
