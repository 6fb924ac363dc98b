"""What both the apps and the tests know of the apps."""

LOGIN = ("user", "pass word")
ERROR_TEXT = "the error text of the server"
LABELS = ('It\'s "quoted" <b>ü</b>', "日本語 & more", "spaces  and\ttabs", "")
MOUNT_PATH = "/sub/app"
