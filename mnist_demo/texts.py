"""Every sentence that the program says to people, in English and Chinese.

A sentence travels through the program as a `Sentence`, a key with its values, and becomes words only where it is
shown: in English in the terminal, in the visitor's language on the page.
"""

from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ("en", "zh")

ENGLISH = {
    # what the program is doing
    "status.starting": "Starting: the page is up, TensorFlow is being loaded.",
    "status.looking": "Looking for the training images.",
    "status.downloading": "Downloading MNIST from {host}: {done} of {total} MB.",
    "status.training": "Training: epoch {epoch} of {epochs}.",
    "status.saving": "Saving the trained network.",
    "status.ready": "Ready: {accuracy} of the test images are read correctly.",
    "status.waiting": "Another copy of this program is training; this one waits for its result.",
    "status.interrupted": "Stopped; the finished epochs are kept, the next launch goes on from there.",
    # lasting remarks
    "notice.generated": (
        "MNIST could not be downloaded ({reason}), so the network was trained on handwriting made by this program; "
        "fetch MNIST again when you are online."
    ),
    "notice.unwritable": (
        "The cache folder {folder} can't be written ({reason}), so nothing is kept for the next launch; "
        "name another one with --cache."
    ),
    "notice.damaged": "A cached model was damaged ({reason}); it was set aside as {folder} and training started anew.",
    "notice.kept": "The new training failed ({reason}); the network trained before goes on answering.",
    # where training images come from
    "source.mnist": "MNIST: 60,000 training and 10,000 test images by 250 writers",
    "source.file": "{name}: {train} training and {test} test images",
    "source.generated": "handwriting made by this program: {train} training and {test} test images",
    "source.mixed": "{source}, with {extra} digits made by this program beside them in every epoch",
    # errors: what happened, what was done, what to try
    "error.strokes": "These strokes can't be read: {reason}. Send a list of strokes, each a list of [x, y] points.",
    "error.image": "This picture can't be read: {reason}. Send a PNG or JPEG picture of one digit.",
    "error.data": (
        "{path} can't be used as training images: {reason}. Give Keras's mnist.npz or a folder with the four IDX files."
    ),
    "error.download": "MNIST could not be downloaded: {reason}. Check the network, or give a file with --data.",
    "error.cache": (
        "The cached model in {folder} can't be used: {reason}. It is set aside and the network is trained again."
    ),
    "error.export": (
        "The file could not be made: {reason}. Make room on the disk or name another folder, then try again."
    ),
    "error.busy": "A training is running already; wait for its end and try again.",
    "error.training": "The training failed: {reason}. Retrain with the button, or start the program again.",
    "error.untrained": "The network has not finished its first epoch yet; try again in a few seconds.",
    "reason.no_answer": "no address answered in time",
    "reason.http": "{host} answered with error {code}",
    "reason.timeout": "{host} did not answer in time",
    "reason.cut": "{host} broke off in the middle",
    "reason.unreachable": "{host} can't be reached",
    "reason.stalled": "{host} sends too slowly",
    "reason.altered": "{host} sent something else",
    "reason.not_mnist": "the file that came is not MNIST",
    "reason.system": "{detail}",
    "reason.no_idx": "there is no IDX file with the {part} {kind}",
    "reason.not_idx": "{name} is not an IDX file of images or labels",
    "reason.not_whole": "{name} is not whole",
    "reason.shape": "it does not hold 28×28 images of bytes with a label for each",
    "reason.few": "it holds fewer than {least} images",
    "reason.labels": "its labels are not 0 to 9",
    "reason.missing": "there is no such file",
    "reason.unreadable": "it can't be read",
    "reason.hash": "its checksum is wrong",
    "reason.facts": "its training.json can't be read",
    "reason.kind": "there is no such kind of file",
    "reason.diverged": "the loss is not a number any more",
    "reason.memory": "there is not enough memory",
    "error.retrain_off": "Retraining is switched off on this server; run the program on your own computer to train it.",
    # why strokes or a picture can't be read: the {reason} of the two errors above
    "reason.strokes_list": "the strokes are not a list",
    "reason.strokes_many": "there are more than {limit} strokes",
    "reason.stroke_list": "a stroke is not a list of points",
    "reason.points_many": "there are more than {limit} points",
    "reason.point_pair": "a point is not a pair of numbers",
    "reason.point_number": "a coordinate is not a number",
    "reason.point_range": "a coordinate is not between -{limit} and {limit}",
    "reason.file_missing": "there is no such file",
    "reason.file_empty": "the file is empty",
    "reason.file_large": "it has more than {limit} MB",
    "reason.pixels_many": "it has {width} × {height} pixels, more than {limit} million",
    "reason.pixels_most": "it has more than {limit} million pixels",
    "reason.format": "it is not a PNG, JPEG, GIF, BMP, WebP or TIFF picture",
    "reason.image_shape": "its shape is {shape}, not (28, 28)",
    "reason.image_values": "its values are neither bytes nor numbers from 0 to 1",
    "reason.damaged": "the file is damaged or incomplete",
    # the page
    "page.title": "MNIST, live",
    "page.about": "Draw a digit; a small neural network, trained in front of you, reads it while you draw.",
    "page.offline": "The server can't be reached; what you drew is kept, draw on to try again.",
    "page.large": "This picture is larger than 20 MB; choose a smaller one.",
    "page.fetch": "Fetch MNIST and train again",
    "page.retry": "Try again",
    "tab.draw": "Draw",
    "tab.training": "Training",
    "draw.pad": "Drawing pad: draw a digit with mouse, finger or pen",
    "draw.hint": "Draw a digit, 0 to 9",
    "draw.undo": "Undo",
    "draw.redo": "Redo",
    "draw.clear": "Clear",
    "draw.undo_key": "Ctrl+Z",
    "draw.redo_key": "Ctrl+Y",
    "draw.clear_key": "Delete",
    "draw.examples": "Or try one of these:",
    "draw.example": "Example picture",
    "draw.upload": "Your own picture…",
    "answer.blank": "The answer comes while you draw.",
    "answer.nothing": "There is nothing to read here.",
    "answer.waiting": "Your drawing is kept; the answer comes when the first epoch has ended.",
    "answer.sure": "It is a {digit}, {confidence} sure",
    "answer.unsure": "Not sure: a {first} or a {second}?",
    "answer.seen": "What the network sees",
    "answer.bars": "Probability of each digit",
    "state.training": "Training goes on; the answers are from epoch {epoch} of {epochs}.",
    "state.waiting": "{message}",
    "state.failed": "The training has failed; the line at the top says why.",
    "training.left": "{time} left",
    "training.seconds": "{n} s",
    "training.minutes": "{m} min {s} s",
    "training.progress": "Progress",
    "training.epoch": "epoch",
    "training.train": "training images",
    "training.test": "test images",
    "training.accuracy": "Accuracy",
    "training.loss": "Loss",
    "training.why": (
        "Training images are shown turned, shifted and mixed with harder ones that the program made, test images "
        "as they are; that is why the test images are read better."
    ),
    "training.samples": "The first 20 training images",
    "training.sample": "A handwritten {label}",
    "training.facts": "About this network",
    "training.epochs": "Epochs",
    "training.default": "as usual",
    "training.retrain": "Train again",
    "take.title": "Take it with you",
    "take.about": (
        "The network as files for other programs: it takes 28×28 pixels from 0 to 1 and gives ten logits, "
        "whose softmax is the probabilities."
    ),
    "take.keras": "Keras",
    "take.savedmodel": "SavedModel",
    "take.litert": "LiteRT",
    "take.history": "Epochs as CSV",
    "save.png": "Save PNG",
    "save.png_hint": "Save these 28×28 pixels as a picture",
    "save.row": "Save CSV",
    "save.row_hint": "Save these pixels as an MNIST row: the digit that was read, then 784 values from 0 to 255",
    "facts.source": "Images",
    "facts.device": "Trained on",
    "facts.parameters": "Parameters",
    "facts.seconds": "Training time",
    "facts.accuracy": "Test accuracy",
    "reason.upload": "it was not uploaded to this page",
    "reason.picture_text": "it is not a picture file of at most 20 MB",
}

CHINESE = {
    "status.starting": "正在启动：页面已就绪，正在加载 TensorFlow。",
    "status.looking": "正在寻找训练图像。",
    "status.downloading": "正在从 {host} 下载 MNIST：{done} / {total} MB。",
    "status.training": "正在训练：第 {epoch} 轮，共 {epochs} 轮。",
    "status.saving": "正在保存训练好的网络。",
    "status.ready": "就绪：测试图像的识别正确率为 {accuracy}。",
    "status.waiting": "本程序的另一个副本正在训练；这里等待它的结果。",
    "status.interrupted": "已停止；已完成的轮次已保存，下次启动会接着训练。",
    "notice.generated": "无法下载 MNIST（{reason}），因此网络用本程序生成的手写数字训练；联网后可以重新获取 MNIST。",
    "notice.unwritable": "缓存文件夹 {folder} 无法写入（{reason}），因此本次结果不会保留到下次启动。",
    "notice.damaged": "缓存的模型已损坏（{reason}）；已移到 {folder} 并重新训练。",
    "notice.kept": "新的训练失败了（{reason}）；之前训练好的网络继续工作。",
    "source.mnist": "MNIST：250 人书写的 60,000 张训练图像和 10,000 张测试图像",
    "source.file": "{name}：{train} 张训练图像和 {test} 张测试图像",
    "source.generated": "本程序生成的手写数字：{train} 张训练图像和 {test} 张测试图像",
    "source.mixed": "{source}，每轮另加 {extra} 个由本程序生成的数字",
    "error.strokes": "无法读取这些笔画：{reason}。请发送笔画列表，每个笔画是 [x, y] 点的列表。",
    "error.image": "无法读取这张图片：{reason}。请发送一张写有一个数字的 PNG 或 JPEG 图片。",
    "error.data": "{path} 不能用作训练图像：{reason}。请给出 Keras 的 mnist.npz 或包含四个 IDX 文件的文件夹。",
    "error.download": "无法下载 MNIST：{reason}。请检查网络，或用 --data 指定文件。",
    "error.cache": "{folder} 中的缓存模型不能使用：{reason}。已将其移开并重新训练。",
    "error.export": "无法生成文件：{reason}。请腾出磁盘空间或指定其他文件夹，然后重试。",
    "error.busy": "训练正在进行；请等它结束后再试。",
    "error.training": "训练失败：{reason}。请按“重新训练”按钮，或重新启动程序。",
    "error.untrained": "网络还没有完成第一轮训练；请几秒后再试。",
    "reason.no_answer": "没有地址及时响应",
    "reason.http": "{host} 返回错误 {code}",
    "reason.timeout": "{host} 未及时响应",
    "reason.cut": "{host} 中途断开",
    "reason.unreachable": "无法连接 {host}",
    "reason.stalled": "{host} 传输过慢",
    "reason.altered": "{host} 返回了别的内容",
    "reason.not_mnist": "收到的文件不是 MNIST",
    "reason.system": "{detail}",
    "reason.no_idx": "缺少 {part} {kind} 的 IDX 文件",
    "reason.not_idx": "{name} 不是图像或标签的 IDX 文件",
    "reason.not_whole": "{name} 不完整",
    "reason.shape": "其中不是每张都带标签的 28×28 字节图像",
    "reason.few": "其中的图像少于 {least} 张",
    "reason.labels": "其中的标签不是 0 到 9",
    "reason.missing": "没有这个文件",
    "reason.unreadable": "无法读取",
    "reason.hash": "校验和不符",
    "reason.facts": "training.json 无法读取",
    "reason.kind": "没有这种文件",
    "reason.diverged": "损失值已不是数字",
    "reason.memory": "内存不足",
    "error.retrain_off": "此服务器已关闭重新训练；请在自己的电脑上运行本程序来训练。",
    "reason.strokes_list": "笔画数据不是列表",
    "reason.strokes_many": "笔画超过 {limit} 条",
    "reason.stroke_list": "某个笔画不是点的列表",
    "reason.points_many": "点超过 {limit} 个",
    "reason.point_pair": "某个点不是一对数字",
    "reason.point_number": "某个坐标不是数字",
    "reason.point_range": "某个坐标不在 -{limit} 到 {limit} 之间",
    "reason.file_missing": "文件不存在",
    "reason.file_empty": "文件是空的",
    "reason.file_large": "文件超过 {limit} MB",
    "reason.pixels_many": "它有 {width} × {height} 像素，超过了 {limit} 百万像素",
    "reason.pixels_most": "它超过了 {limit} 百万像素",
    "reason.format": "它不是 PNG、JPEG、GIF、BMP、WebP 或 TIFF 图片",
    "reason.image_shape": "它的形状是 {shape}，不是 (28, 28)",
    "reason.image_values": "它的值既不是字节，也不是 0 到 1 的数",
    "reason.damaged": "文件已损坏或不完整",
    "page.title": "MNIST 现场",
    "page.about": "画一个数字；一个在您面前训练的小型神经网络会边画边认。",
    "page.offline": "无法连接服务器；您画的内容已保留，继续画即可重试。",
    "page.large": "这张图片超过 20 MB；请选一张小一些的。",
    "page.fetch": "获取 MNIST 并重新训练",
    "page.retry": "重试",
    "tab.draw": "手写",
    "tab.training": "训练",
    "draw.pad": "画板：用鼠标、手指或笔画一个数字",
    "draw.hint": "画一个 0 到 9 的数字",
    "draw.undo": "撤销",
    "draw.redo": "重做",
    "draw.clear": "清除",
    "draw.undo_key": "Ctrl+Z",
    "draw.redo_key": "Ctrl+Y",
    "draw.clear_key": "Delete",
    "draw.examples": "或者试试这些：",
    "draw.example": "示例图片",
    "draw.upload": "上传图片…",
    "answer.blank": "边画边出答案。",
    "answer.nothing": "这里没有可识别的内容。",
    "answer.waiting": "您画的内容已保留；第一轮训练结束后就有答案。",
    "answer.sure": "这是 {digit}，把握 {confidence}",
    "answer.unsure": "不太确定：是 {first} 还是 {second}？",
    "answer.seen": "网络看到的样子",
    "answer.bars": "每个数字的概率",
    "state.training": "训练仍在进行；当前答案来自第 {epoch} 轮（共 {epochs} 轮）。",
    "state.waiting": "{message}",
    "state.failed": "训练失败；原因见页面顶部。",
    "training.left": "还剩 {time}",
    "training.seconds": "{n} 秒",
    "training.minutes": "{m} 分 {s} 秒",
    "training.progress": "进度",
    "training.epoch": "轮次",
    "training.train": "训练图像",
    "training.test": "测试图像",
    "training.accuracy": "准确率",
    "training.loss": "损失",
    "training.why": ("训练图像会被旋转、平移，并混入程序生成的更难的数字，而测试图像保持原样；因此测试图像读得更准。"),
    "training.samples": "最前面的 20 张训练图像",
    "training.sample": "手写数字 {label}",
    "training.facts": "关于这个网络",
    "training.epochs": "轮数",
    "training.default": "默认",
    "training.retrain": "重新训练",
    "take.title": "带走它",
    "take.about": "供其他程序使用的网络文件：输入 28×28 个 0 到 1 的像素，输出十个 logit，其 softmax 即为概率。",
    "take.keras": "Keras",
    "take.savedmodel": "SavedModel",
    "take.litert": "LiteRT",
    "take.history": "各轮次 CSV",
    "save.png": "保存 PNG",
    "save.png_hint": "将这 28×28 个像素保存为图片",
    "save.row": "保存 CSV",
    "save.row_hint": "将这些像素保存为一行 MNIST 数据：先是识别出的数字，再是 784 个 0 到 255 的值",
    "facts.source": "图像",
    "facts.device": "训练设备",
    "facts.parameters": "参数",
    "facts.seconds": "训练用时",
    "facts.accuracy": "测试准确率",
    "reason.upload": "它不是上传到本页面的",
    "reason.picture_text": "它不是不超过 20 MB 的图片文件",
}

_TABLES = {"en": ENGLISH, "zh": CHINESE}


def text(language: str, key: str, /, **values: Any) -> str:
    """The sentence `key` in `language` ("en" or "zh"), its placeholders filled with `values`; KeyError if unknown."""
    return _TABLES[language][key].format(**values)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the tables above with its values, still in no language. A value may itself be a Sentence."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def to(self, language: str) -> str:
        values = {k: v.to(language) if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return text(language, self.key, **values)

    def __str__(self) -> str:
        return self.to("en")

    def to_json(self) -> dict[str, Any]:
        values = {k: v.to_json() if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return {"key": self.key, "values": values}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Sentence":
        """The opposite of `to_json`; KeyError if it names no sentence."""
        values = {k: cls.from_json(v) if isinstance(v, dict) else v for k, v in value["values"].items()}
        ENGLISH[value["key"]].format(**values)
        return cls(value["key"], values)


def say(key: str, /, **values: Any) -> Sentence:
    """A `Sentence`, shorter to write."""
    return Sentence(key, values)
