"""Files that compile and then do something, while they are imported, that ends the import."""

from __future__ import annotations

from .building import below_imports, first, last
from .unreadable import Kinds

KINDS: Kinds = {
    "a package that is not here": {
        "a package": below_imports("import pytorch_lightning as pl"),
        "a module of a package": below_imports("from einops.layers.torch import Rearrange"),
        "of Google, not Colab": below_imports("import google.cloud.storage"),
        "wanted late": last("import tensorflow as tf"),
        "used": below_imports("import cv2\nLOG = cv2.log"),
        "of another framework": below_imports("import tensorflow as tf\nX = tf.zeros(3)"),
        "raised by hand": below_imports(
            "raise ModuleNotFoundError(\"No module named 'torch'\", name='scipy')"
        ),
        "asked for by name": below_imports("import importlib\nimportlib.import_module('wandb')"),
    },
    "a package misspelt": {
        "troch": below_imports("import troch"),
        "pytorch": below_imports("import pytorch"),
        "numpi": below_imports("import numpi as np"),
        "of the course": below_imports("from nndl.utils import reset_seed"),
    },
    "a file that was not handed in": {
        "relative": below_imports("from .utils import show"),
        "utils": below_imports("from utils import show"),
        "my_layers": below_imports("import my_layers"),
        "vae_helpers": below_imports("from vae_helpers import kl"),
        "of the course, misspelt": below_imports("from nndl2.util import reset_seed"),
        "of the course, another name": below_imports("from nndl2.helper import train_gan"),
        "the notebook's path": below_imports(
            "import sys\nsys.path.append('..')\nfrom helpers import show"
        ),
        "from itself": below_imports("from vae import VAE"),
    },
    "a name that torch or NumPy lost": {
        "np.float": below_imports("import numpy as np\nEPS = np.float(1e-6)"),
        "torch._six": below_imports("from torch._six import inf"),
        "torch._six, used": below_imports(
            "from torch._six import string_classes\nX = string_classes"
        ),
        "of torchvision": below_imports(
            "import torchvision.transforms.functional_tensor as f\nCROP = f.crop"
        ),
        "np.infty": below_imports("import numpy as np\nMOST = np.infty"),
        "misspelt in torch": below_imports("from torch import nnn"),
        "misspelt attribute": below_imports("ACT = nn.Relu()"),
        "not imported": below_imports("X = np.zeros(3)"),
        "scipy's old place": below_imports("from torch.utils import data_loader"),
    },
    "files and folders that are not there": {
        "a folder of Colab": below_imports("import os\nos.chdir('/content/drive/MyDrive/vae')"),
        "a list of a folder": below_imports(
            "import os\nprint(os.listdir('/content/drive/MyDrive'))"
        ),
        "weights": last("STATE = torch.load('vae.pth')"),
        "a text file": last("NOTES = open('notes.txt').read()"),
        "images": last("import numpy as np\nDATA = np.load('mnist.npz')"),
        "Drive and then a folder": first(
            "from google.colab import drive\nimport os\ndrive.mount('/content/drive')\n"
            "os.chdir('/content/drive/MyDrive/vae')\n"
        ),
    },
    "no network": {
        "urllib": last(
            "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/mnist.gz')"
        ),
        "torchvision": last(
            "from torchvision import datasets\ndatasets.MNIST('data', download=True)"
        ),
        "torch.hub": last("torch.hub.load_state_dict_from_url('http://127.0.0.1:9/vae.pth')"),
    },
    "asks somebody": {
        "input": last("EPOCHS = int(input('epochs? '))"),
        "input before all": first("name = input()\n"),
        "getpass": last("import getpass\ngetpass.getpass()"),
        "reads stdin": last("import sys\nN = int(sys.stdin.readline())"),
    },
    "ends itself": {
        "sys.exit": last("import sys\nsys.exit(0)"),
        "exit": last("hello_vae()\nexit()"),
        "quit on top": first("quit()\n"),
        "raise SystemExit": last("raise SystemExit('done')"),
        "os._exit": last("import os\nos._exit(0)"),
        "abort": last("import os\nos.abort()"),
        "a segmentation fault": last("import ctypes\nctypes.string_at(0)"),
    },
    "works in a notebook alone": {
        "a magic, exported": first("get_ipython().run_line_magic('matplotlib', 'inline')\n"),
        "a shell, exported": last("get_ipython().system('nvidia-smi')"),
        "a window": last("import matplotlib.pyplot as plt\nplt.switch_backend('TkAgg')"),
        "data on the disk": last("from torchvision import datasets\ndatasets.MNIST('data')"),
        "a GPU asserted": last("assert torch.cuda.is_available()"),
    },
    "starts a process": {
        "a pool": last("from multiprocessing import Pool\nPool(2).map(len, [[1]])"),
        "a loader with workers": last(
            "from torch.utils.data import DataLoader\nnext(iter(DataLoader([1], num_workers=2)))"
        ),
        "subprocess": last("import subprocess\nsubprocess.run(['nvidia-smi'])"),
    },
    "a debugger left": {
        "breakpoint": last("breakpoint()\nhello_vae()"),
        "breakpoint at the end": last("hello_vae()\nbreakpoint()"),
        "pdb": last("import pdb; pdb.set_trace()\nx = 1"),
    },
    "raises at import": {
        "an assertion": last("assert VAE(784).decoder is None"),
        "an assertion with words": last("assert torch.cuda.is_available(), 'Colab > GPU'"),
        "a division": last("RATE = 1 / 0"),
        "a name misspelt": last("model = VEA(784)"),
        "its own exception": last("class Stop(Exception):\n    pass\nraise Stop('half\\n\\tway')"),
        "a very long message": last("raise ValueError('x' * 5000)"),
        "an exception without a message": last("raise RuntimeError"),
        "Ctrl-C": last("raise KeyboardInterrupt"),
        "an interrupt of a deep call": last("def f():\n    return f()\nf()"),
        "shapes that do not fit": last("VAE(784, 15)(torch.zeros(2, 3))"),
        "a base class misspelt": below_imports("class Net(nn.module):\n    pass"),
        "code of the notebook": last("from nndl2.checks import check\ncheck('vae')"),
        "training with names of the notebook": last(
            "for epoch in range(10):\n    train_vae(epoch, model, loader)"
        ),
    },
    "a GPU at import": {
        "a model": last("model = VAE(784).cuda()"),
        "a tensor": below_imports("ONE = torch.ones(1, device='cuda')"),
        "to": below_imports("ONE = torch.ones(1).to('cuda:0')"),
        "its name": below_imports("print(torch.cuda.get_device_name(0))"),
        "mps": below_imports("ONE = torch.ones(1, device='mps')"),
    },
    "takes too long to load": {
        "an endless loop": last("while True:\n    pass"),
        "training": last(
            "m = VAE(784)\nfor _ in range(10**6):\n    out = m(torch.rand(64, 1, 28, 28))\n"
            "    loss_function(out[0], torch.rand(64, 1, 28, 28), *out[1:]).backward()"
        ),
        "waits": last("import time\ntime.sleep(3600)"),
    },
    "takes too much": {
        "a tensor": last("BIG = torch.zeros(10**12)"),
        "a list": last("BIG = bytearray(10**13)"),
        "bit by bit": last("BIG = []\nwhile True:\n    BIG.append(torch.empty(10**8))"),
    },
}
