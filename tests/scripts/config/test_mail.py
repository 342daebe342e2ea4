import pytest

from scripts.config.loading import ConfigError, load
from scripts.config.mail import mailer

COMPLETE = {"mail_host": "smtp.example.org", "mail_from": "stats@example.org"}


def configured(directory, **settings):
    return mailer(load(settings, environment={}, directory=directory), clock=lambda: 0.0)


def test_without_a_host_nothing_sends_mail(tmp_path):
    assert configured(tmp_path, mail_from="stats@example.org") is None


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_encryption(tmp_path, tls, port):
    assert port == configured(tmp_path, mail_tls=tls, **COMPLETE).server.port


def test_a_password_is_the_first_line_of_its_file(tmp_path):
    (tmp_path / "password").write_text("secret \nignored\n")
    sending = configured(tmp_path, mail_user="u", mail_password_file=str(tmp_path / "password"), **COMPLETE)

    assert "secret " == sending.server.password


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"mail_host": "a.example"}, "mail_from is not", id="no sender"),
        pytest.param(COMPLETE | {"mail_user": "u"}, "its password is not", id="no password"),
        pytest.param(
            COMPLETE | {"mail_user": "u", "mail_password": "p", "mail_password_file": "/p"},
            "both set",
            id="two passwords",
        ),
        pytest.param(COMPLETE | {"mail_user": "u", "mail_password_file": "/nowhere"}, "can't be read", id="no file"),
        pytest.param(COMPLETE | {"mail_user": "u", "mail_password_file": "/dev/null"}, "is empty", id="an empty file"),
    ],
)
def test_settings_that_miss_something_are_refused(tmp_path, settings, sentence):
    with pytest.raises(ConfigError, match=sentence):
        configured(tmp_path, **settings)


def test_a_password_is_in_no_text_of_the_settings(tmp_path):
    assert "s3same" not in repr(load({"mail_password": "s3same"}, environment={}, directory=tmp_path))
