"""Every sentence that the program says to people, in English and Chinese.

A sentence travels through the program as a `Sentence`, a key with its values, and becomes words only where it is
shown: in English in the terminal, in the visitor's language on the page.
"""

from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ("en", "zh")

ENGLISH = {
    # what the program is doing
    "status.starting": "Starting: the page is up, a trained network is looked for.",
    "status.looking": "Looking for the training images.",
    "status.downloading": "Downloading MNIST from {host}: {done} of {total} MB.",
    "status.preparing": "TensorFlow is being loaded; then the training begins.",
    "status.training": "Training: epoch {epoch} of {epochs}.",
    "status.saving": "Saving the trained network.",
    "status.ready": "Ready: {accuracy} of the test images are read correctly.",
    "status.waiting": "Another copy of this program is at work; this one waits for its result. {doing}",
    "status.interrupted": "Stopped; the finished epochs are kept, the next launch goes on from there.",
    # lasting remarks
    "notice.generated": (
        "MNIST could not be downloaded ({reason}), so the network is trained on handwriting made by this program; "
        "fetch MNIST again when you are online."
    ),
    "notice.unwritable": (
        "The cache folder {folder} can't be written ({reason}), so nothing is kept for the next launch; "
        "name another one with --cache."
    ),
    "notice.damaged": "A cached model was damaged ({reason}); it was set aside as {folder} and training started anew.",
    "notice.kept": "The new training failed ({reason}); the network trained before goes on answering.",
    # where training images come from
    "source.mnist": "MNIST: 60,000 training and 10,000 test images",
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
    "error.address": (
        "The page can't be served at {host}: {reason}. Give --host an address of this computer, 127.0.0.1 for yourself "
        "alone or 0.0.0.0 for everyone, and --port one that is free."
    ),
    "error.temporary": "No folder for temporary files can be written; free some space, or name one in TMPDIR.",
    "error.busy": "A training is running already; wait for its end and try again.",
    "error.training": "The training failed: {reason}. Retrain with the button, or start the program again.",
    "error.untrained": "The network has not learned anything yet; try again in a few seconds.",
    "error.test_image": "This test image can't be shown: {reason}. Choose another one, or draw a digit.",
    "reason.no_tests": "they come with the training, which has not begun",
    "reason.no_mistakes": "no mistake is known before the training has ended",
    "reason.test_number": "their numbers are 0 to {last}",
    "reason.no_answer": "no address answered in time",
    "reason.http": "{host} answered with error {code}",
    "reason.timeout": "{host} did not answer in time",
    "reason.cut": "{host} broke off in the middle",
    "reason.unreachable": "{host} can't be reached",
    "reason.stalled": "{host} sends too slowly",
    "reason.altered": "{host} sent something else",
    "reason.not_mnist": "what {host} sent is not MNIST",
    "reason.system": "{detail}",
    "reason.no_idx": "there is no IDX file with the {part} {kind}",
    "reason.not_idx": "{name} is not an IDX file of images or labels",
    "reason.not_whole": "{name} is not whole",
    "reason.shape": "it does not hold 28×28 images of bytes with a label for each",
    "reason.few": "it holds fewer than {least} images",
    "reason.labels": "its labels are not 0 to 9",
    "reason.missing": "there is no such file",
    "reason.unreadable": "it can't be read",
    "reason.ports": "none of the ports from {first} on is free",
    "reason.hash": "its checksum is wrong",
    "reason.facts": "its training.json can't be read",
    "reason.kind": "there is no such kind of file",
    "reason.diverged": "the loss is not a number any more",
    "reason.memory": "there is not enough memory",
    "error.request": "This request can't be understood; the page's API description says what may be asked.",
    "error.large": "This request has more than {limit} MB; send a smaller one.",
    "error.uploads": "Too many pictures have been uploaded in the last minutes; try again in twenty, or draw.",
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
    "page.offline": "The server can't be reached; nothing is lost, try again in a moment.",
    "page.large": "This picture is larger than 20 MB; choose a smaller one.",
    "page.range": "Enter a whole number from {least} to {most}.",
    "page.fetch": "Fetch MNIST and train again",
    "page.retry": "Try again",
    "tab.draw": "Draw",
    "tab.training": "Training",
    "tab.network": "How it works",
    "page.scroll": "Table, can be scrolled",
    "page.api": "Use it from your own code",
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
    "answer.waiting": "Drawing kept; the first answer comes soon.",
    "answer.offline": "The server can't be reached; what you drew is kept, and the answer comes as soon as it can.",
    "answer.sure": "It is a {digit}, {confidence} sure",
    "answer.unsure": "Not sure: a {first} or a {second}?",
    "answer.seen": "What the network sees",
    "answer.bars": "Probability of each digit",
    "state.training": "Training goes on; the network that answers has seen {epoch} of {epochs} epochs.",
    "state.before": "Until the new network has learned a little, the one trained before answers.",
    "state.epoch": "The answers are from the network after epoch {epoch} of {epochs}.",
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
        "as they are; so the test images may well be read better."
    ),
    "training.samples": "The first 20 training images",
    "training.sample": "A handwritten {label}",
    "training.facts": "About this network",
    "training.epochs": "Epochs",
    "training.default": "as usual",
    "training.retrain": "Train again",
    "training.ahead": "Epoch {epoch} of {epochs}: …",
    "training.sentence": "Epoch {epoch} of {epochs}: {right} of {of} unseen digits right.",
    "training.rate": "Learning rate",
    "training.rate_why": "How large the steps are: small at first, then bold, then ever finer.",
    "training.kernels": "The first layer's 32 kernels after each epoch",
    "training.kernels_why": "They begin as noise and become detectors of lines. Blue adds, orange takes away.",
    "training.kernels_of": "Kernels after epoch {epoch}",
    "training.samples_how": "Choose one to see the 784 numbers that it consists of.",
    "training.numbers": (
        "A {label} in numbers: 28 × 28 of them, 0 for paper, 255 for ink. The network gets each divided by 255."
    ),
    "evaluation.title": "What it reads rightly and wrongly",
    "evaluation.how": (
        "All test images, none of which it was trained on. A row for each digit that was written, a column for each "
        "answer; choose a cell to see its images, and an image to follow it through the network."
    ),
    "evaluation.axes": "Written (rows) and read (columns)",
    "evaluation.right": "right",
    "evaluation.cell": "{count} × a {label} read as {answer}",
    "evaluation.mistakes": "Its most confident mistakes",
    "evaluation.none": "It made no mistake.",
    "evaluation.back": "The most confident mistakes",
    "evaluation.image": "Test image {number}: a {label}, read as {answer}, {confidence} sure",
    "mnist.title": "What MNIST is",
    "mnist.what": (
        "70,000 images of handwritten digits: 60,000 to learn from and 10,000 to be tested on. Staff of the US Census "
        "Bureau and high-school students wrote them: about 250 people the images to learn from, and other people the "
        "images of the test. Each image is 28 × 28 = 784 numbers, from 0 (paper) to 255 (ink)."
    ),
    "layer.input": "Input",
    "layer.input.what": "784 numbers between 0 and 1. The digit is scaled and centred as MNIST's digits were.",
    "layer.convolution": "Convolution",
    "layer.convolution_1.what": (
        "Extracts features: 32 small kernels of 3×3 numbers slide over the image. Each map shows where its pattern, "
        "an edge or a line, was found; ReLU then sets what is below zero to zero."
    ),
    "layer.pooling": "Pooling",
    "layer.pooling_1.what": (
        "Keeps the largest of every 2×2 values. A quarter of the numbers is left, and a small shift of the pen "
        "matters less."
    ),
    "layer.convolution_2.what": (
        "64 kernels look at all 32 maps at once and combine edges and lines into corners, bends and ends of strokes."
    ),
    "layer.pooling_2.what": "Once more the largest of every 2×2: what was found counts, its exact place less.",
    "layer.flatten": "Flatten",
    "layer.flatten.what": "The 64 maps of 5×5 become one row of 1,600 numbers, for the layers that know no places.",
    "layer.dense": "Dense",
    "layer.dense.what": "64 units, each of which weighs all 1,600 numbers: whole strokes, loops and their positions.",
    "layer.logits": "Logits",
    "layer.logits.what": (
        "The output: one number for each digit, the larger, the likelier. Softmax turns them into probabilities that "
        "add up to 100%."
    ),
    "network.lead": (
        "What you draw, on its way through the very network that answers in the Draw tab. Point at a map or tap it "
        "to enlarge it and to see its kernel."
    ),
    "network.waiting": "{message} The maps come with the first answer.",
    "network.draw": "Draw here",
    "network.is_drawing": "Your drawing, as the network sees it",
    "network.is_sample": "The first training image, a {label}, until you draw",
    "network.is_test": "Test image {number}, a handwritten {label}",
    "network.is_wrong": "Test image {number}, a handwritten {label}, read as {answer}",
    "network.test": "Or a test image",
    "network.number": "Number",
    "network.show": "Show",
    "network.random": "Random",
    "network.wrong": "One it gets wrong",
    "network.wait": "Its mistakes are known when the training has ended.",
    "network.parameters": "{count} parameters",
    "network.none": "nothing to learn",
    "network.total": "In all {parameters} parameters, every one of them found by the training.",
    "network.map": "Map {map} of {maps}",
    "network.map_most": "Map {map} of {maps}, brightest value {most}",
    "network.map_dark": "Map {map} of {maps}: finds nothing in this digit",
    "network.map_alone": "The chosen map, enlarged",
    "network.kernel": "The kernel that made it",
    "network.kernel_1": "Kernel: blue adds, orange takes away",
    "network.kernel_2": "Kernel: a part for each of the 32 maps above",
    "network.digit": "Digit",
    "network.probability": "Probability",
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
    "status.starting": "正在启动：页面已就绪，正在查找训练好的网络。",
    "status.looking": "正在寻找训练图像。",
    "status.downloading": "正在从 {host} 下载 MNIST：{done} / {total} MB。",
    "status.preparing": "正在加载 TensorFlow，随后开始训练。",
    "status.training": "正在训练：第 {epoch} 轮，共 {epochs} 轮。",
    "status.saving": "正在保存训练好的网络。",
    "status.ready": "就绪：测试图像的识别正确率为 {accuracy}。",
    "status.waiting": "本程序的另一个副本正在工作；这里等待它的结果。{doing}",
    "status.interrupted": "已停止；已完成的轮次已保存，下次启动会接着训练。",
    "notice.generated": "无法下载 MNIST（{reason}），因此网络用本程序生成的手写数字训练；联网后可以重新获取 MNIST。",
    "notice.unwritable": "缓存文件夹 {folder} 无法写入（{reason}），因此本次结果不会保留到下次启动。",
    "notice.damaged": "缓存的模型已损坏（{reason}）；已移到 {folder} 并重新训练。",
    "notice.kept": "新的训练失败了（{reason}）；之前训练好的网络继续工作。",
    "source.mnist": "MNIST：60,000 张训练图像和 10,000 张测试图像",
    "source.file": "{name}：{train} 张训练图像和 {test} 张测试图像",
    "source.generated": "本程序生成的手写数字：{train} 张训练图像和 {test} 张测试图像",
    "source.mixed": "{source}，每轮另加 {extra} 个由本程序生成的数字",
    "error.strokes": "无法读取这些笔画：{reason}。请发送笔画列表，每个笔画是 [x, y] 点的列表。",
    "error.image": "无法读取这张图片：{reason}。请发送一张写有一个数字的 PNG 或 JPEG 图片。",
    "error.data": "{path} 不能用作训练图像：{reason}。请给出 Keras 的 mnist.npz 或包含四个 IDX 文件的文件夹。",
    "error.download": "无法下载 MNIST：{reason}。请检查网络，或用 --data 指定文件。",
    "error.cache": "{folder} 中的缓存模型不能使用：{reason}。已将其移开并重新训练。",
    "error.export": "无法生成文件：{reason}。请腾出磁盘空间或指定其他文件夹，然后重试。",
    "error.address": (
        "无法在 {host} 提供页面：{reason}。请用 --host 给出本机的地址（127.0.0.1 仅供自己，0.0.0.0 供所有人），"
        "用 --port 给出空闲的端口。"
    ),
    "error.temporary": "没有可写的临时文件夹；请腾出磁盘空间，或在 TMPDIR 中指定一个。",
    "error.busy": "训练正在进行；请等它结束后再试。",
    "error.training": "训练失败：{reason}。请按“重新训练”按钮，或重新启动程序。",
    "error.untrained": "网络还什么都没有学到；请几秒后再试。",
    "error.test_image": "无法显示这张测试图像：{reason}。请另选一张，或画一个数字。",
    "reason.no_tests": "训练开始后才有测试图像",
    "reason.no_mistakes": "训练结束前还不知道有哪些错误",
    "reason.test_number": "编号为 0 到 {last}",
    "reason.no_answer": "没有地址及时响应",
    "reason.http": "{host} 返回错误 {code}",
    "reason.timeout": "{host} 未及时响应",
    "reason.cut": "{host} 中途断开",
    "reason.unreachable": "无法连接 {host}",
    "reason.stalled": "{host} 传输过慢",
    "reason.altered": "{host} 返回了别的内容",
    "reason.not_mnist": "{host} 发来的不是 MNIST",
    "reason.system": "{detail}",
    "reason.no_idx": "缺少 {part} {kind} 的 IDX 文件",
    "reason.not_idx": "{name} 不是图像或标签的 IDX 文件",
    "reason.not_whole": "{name} 不完整",
    "reason.shape": "其中不是每张都带标签的 28×28 字节图像",
    "reason.few": "其中的图像少于 {least} 张",
    "reason.labels": "其中的标签不是 0 到 9",
    "reason.missing": "没有这个文件",
    "reason.unreadable": "无法读取",
    "reason.ports": "从 {first} 起的端口都被占用",
    "reason.hash": "校验和不符",
    "reason.facts": "training.json 无法读取",
    "reason.kind": "没有这种文件",
    "reason.diverged": "损失值已不是数字",
    "reason.memory": "内存不足",
    "error.request": "无法理解此请求；本页面的 API 说明列出了可用的请求。",
    "error.large": "此请求超过 {limit} MB；请发送小一些的。",
    "error.uploads": "最近几分钟上传的图片太多；请二十分钟后再试，或直接书写。",
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
    "page.about": "画一个数字；在您面前训练出来的小型神经网络，会在您落笔的同时认出它。",
    "page.offline": "无法连接服务器；内容没有丢失，请稍后再试。",
    "page.large": "这张图片超过 20 MB；请选一张小一些的。",
    "page.range": "请输入 {least} 到 {most} 之间的整数。",
    "page.fetch": "获取 MNIST 并重新训练",
    "page.retry": "重试",
    "tab.draw": "手写",
    "tab.training": "训练",
    "tab.network": "工作原理",
    "page.scroll": "表格，可滚动",
    "page.api": "在自己的程序中使用",
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
    "answer.waiting": "画已保留；第一个答案马上就来。",
    "answer.offline": "无法连接服务器；您画的内容已保留，恢复连接后就有答案。",
    "answer.sure": "这是 {digit}，把握 {confidence}",
    "answer.unsure": "不太确定：是 {first} 还是 {second}？",
    "answer.seen": "网络看到的样子",
    "answer.bars": "每个数字的概率",
    "state.training": "训练仍在进行；作答的网络已训练 {epoch} 轮（共 {epochs} 轮）。",
    "state.before": "新网络学到一点之前，由先前训练好的网络作答。",
    "state.epoch": "答案来自第 {epoch} 轮（共 {epochs} 轮）训练之后的网络。",
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
    "training.why": (
        "训练图像会被旋转、平移，并混入程序生成的更难的数字，而测试图像保持原样；因此测试图像往往读得更准。"
    ),
    "training.samples": "最前面的 20 张训练图像",
    "training.sample": "手写数字 {label}",
    "training.facts": "关于这个网络",
    "training.epochs": "轮数",
    "training.default": "默认",
    "training.retrain": "重新训练",
    "training.ahead": "第 {epoch}/{epochs} 轮：……",
    "training.sentence": "第 {epoch}/{epochs} 轮：{of} 个没见过的数字读对 {right} 个。",
    "training.rate": "学习率",
    "training.rate_why": "每一步走多大：先小，再大胆，然后越来越细。",
    "training.kernels": "第一层的 32 个卷积核，每轮训练之后",
    "training.kernels_why": "它们起初是噪声，渐渐变成线条的检测器。蓝色相加，橙色相减。",
    "training.kernels_of": "第 {epoch} 轮之后的卷积核",
    "training.samples_how": "选一张，看看组成它的 784 个数。",
    "training.numbers": "用数表示的 {label}：28 × 28 个数，0 是纸，255 是墨。网络得到的是除以 255 之后的值。",
    "evaluation.title": "读对了什么，读错了什么",
    "evaluation.how": (
        "全部测试图像，训练时都没有用过。每行是写的数字，每列是读出的答案；选一格看其中的图像，"
        "选一张图像看它怎样通过网络。"
    ),
    "evaluation.axes": "写的（行）和读的（列）",
    "evaluation.right": "正确",
    "evaluation.cell": "{count} × {label} 读成 {answer}",
    "evaluation.mistakes": "它最有把握的错误",
    "evaluation.none": "它没有读错。",
    "evaluation.back": "最有把握的错误",
    "evaluation.image": "测试图像 {number}：{label} 读成 {answer}，把握 {confidence}",
    "mnist.title": "MNIST 是什么",
    "mnist.what": (
        "70,000 张手写数字图像：60,000 张用来学习，10,000 张用来测试。书写者是美国人口普查局的职员和高中生，"
        "约 250 人写了学习用的图像，另一些人写了测试用的图像。每张图像是 28 × 28 = 784 个数，从 0（纸）到 255（墨）。"
    ),
    "layer.input": "输入",
    "layer.input.what": "784 个 0 到 1 之间的数。数字按 MNIST 的方式缩放并居中。",
    "layer.convolution": "卷积",
    "layer.convolution_1.what": (
        "提取特征：32 个 3×3 的小卷积核在图像上滑动。每张特征图显示它的图案（边缘或线条）出现在哪里；"
        "ReLU 再把小于零的值变成零。"
    ),
    "layer.pooling": "池化",
    "layer.pooling_1.what": "每 2×2 个值只留最大的一个。数据只剩四分之一，笔画稍有移动也没有关系。",
    "layer.convolution_2.what": "64 个卷积核同时看全部 32 张图，把边缘和线条组合成拐角、弯曲和笔画的端点。",
    "layer.pooling_2.what": "再次取每 2×2 中最大的一个：找到了什么更重要，确切的位置次之。",
    "layer.flatten": "展平",
    "layer.flatten.what": "64 张 5×5 的图排成一行 1,600 个数，交给不分位置的层。",
    "layer.dense": "全连接",
    "layer.dense.what": "64 个单元，每个都权衡全部 1,600 个数：整条笔画、圈和它们的位置。",
    "layer.logits": "输出分数",
    "layer.logits.what": "输出：每个数字一个分数，越大越可能。Softmax 把它们变成总和为 100% 的概率。",
    "network.lead": "您画的内容怎样通过“手写”页中作答的那个网络。指向或点按一张特征图，可放大并查看它的卷积核。",
    "network.waiting": "{message}有了第一个答案，这里就有图了。",
    "network.draw": "在这里画",
    "network.is_drawing": "您画的数字，网络看到的样子",
    "network.is_sample": "第一张训练图像，数字 {label}，等您来画",
    "network.is_test": "测试图像 {number}，手写的 {label}",
    "network.is_wrong": "测试图像 {number}，手写的 {label}，读成了 {answer}",
    "network.test": "或选一张测试图像",
    "network.number": "编号",
    "network.show": "显示",
    "network.random": "随机",
    "network.wrong": "一张读错的",
    "network.wait": "训练结束后才知道它的错误。",
    "network.parameters": "{count} 个参数",
    "network.none": "没有要学的参数",
    "network.total": "共 {parameters} 个参数，全部由训练得出。",
    "network.map": "第 {map} 张图，共 {maps} 张",
    "network.map_most": "第 {map} 张图，共 {maps} 张，最大值 {most}",
    "network.map_dark": "第 {map} 张图，共 {maps} 张：在这个数字里没有找到什么",
    "network.map_alone": "选中的特征图，已放大",
    "network.kernel": "产生它的卷积核",
    "network.kernel_1": "卷积核：蓝色相加，橙色相减",
    "network.kernel_2": "卷积核：上面 32 张图各对应一块",
    "network.digit": "数字",
    "network.probability": "概率",
    "take.title": "带走它",
    "take.about": "供其他程序使用的网络文件：输入 28×28 个 0 到 1 的像素，输出十个分数，其 Softmax 即为概率。",
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
