"""The exceptions of v1 have its hierarchy, its message, and the block of lines that it prints."""

from __future__ import annotations

import json
import pickle

import pytest

from hyperstep.azureml_v1 import exceptions

KINDS = [
    kind
    for kind in vars(exceptions).values()
    if isinstance(kind, type) and issubclass(kind, exceptions.AzureMLException)
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_is_plain_and_the_text_a_block(kind):
    error = kind("What happened.")
    head, _, response = str(error).partition("\tErrorResponse \n")

    assert error.message == "What happened."
    assert head == f"{kind.__name__}:\n\tMessage: What happened.\n\tInnerException None\n"
    assert json.loads(response)["error"]["message"] == "What happened."


def test_an_error_of_the_user_is_called_so():
    assert '"code": "UserError"' in str(exceptions.UserErrorException("x"))


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_another_process(kind):
    assert pickle.loads(pickle.dumps(kind("text"))).message == "text"


def test_hyperdrives_exceptions_descend_from_each_other():
    descent = [kind.__name__ for kind in exceptions.HyperDriveNotImplementedException.__mro__[:5]]

    assert descent == [
        "HyperDriveNotImplementedException",
        "HyperDriveScenarioNotSupportedException",
        "HyperDriveConfigException",
        "HyperDriveException",
        "AzureMLException",
    ]
    assert issubclass(exceptions.HyperDriveServiceException, exceptions.HyperDriveException)
    assert issubclass(exceptions.HyperDriveRehydrateException, exceptions.HyperDriveException)


def test_a_missing_endpoint_is_an_error_of_the_service_not_of_azureml():
    assert issubclass(exceptions.ErrorResponseException, exceptions.HttpOperationError)
    assert not issubclass(exceptions.ErrorResponseException, exceptions.AzureMLException)


def test_the_cause_is_kept():
    cause = OSError("disk")

    assert exceptions.SnapshotException("x", inner_exception=cause).inner_exception is cause
