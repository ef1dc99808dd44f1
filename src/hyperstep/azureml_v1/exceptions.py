"""The exceptions that v1 code catches, with the text that it looks at.

`e.message` is the plain message; `str(e)` is the block of several lines that
the SDK prints, and that programs search with `in`.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Optional


class AzureMLException(Exception):
    """What all exceptions of v1 have in common."""

    _code = ""

    def __init__(
        self, exception_message: Any = "", inner_exception: Optional[BaseException] = None, **details: Any
    ) -> None:
        super().__init__(exception_message)
        self._message = str(exception_message)
        self._inner_exception = inner_exception
        self.details = details

    @property
    def message(self) -> str:
        return self._message

    @message.setter
    def message(self, text: str) -> None:
        self._message = text

    @property
    def inner_exception(self) -> Optional[BaseException]:
        return self._inner_exception

    def _error_response(self) -> Dict[str, Any]:
        error = {"code": self._code, "message": self.message} if self._code else {"message": self.message}
        return {"error": error}

    def __str__(self) -> str:
        return "%s:\n\tMessage: %s\n\tInnerException %s\n\tErrorResponse \n%s" % (
            type(self).__name__,
            self.message,
            self._inner_exception,
            json.dumps(self._error_response(), indent=4, sort_keys=True),
        )

    __repr__ = __str__


class UserErrorException(AzureMLException):
    """The call can't be right."""

    _code = "UserError"


class ActivityFailedException(AzureMLException):
    """A run that was waited for failed."""

    def __init__(self, exception_message: Any = "", error_details: Any = None, **details: Any) -> None:
        super().__init__(exception_message, **details)
        self.error_details = error_details


class AuthenticationException(AzureMLException):
    """Never raised here: there is nobody to log in to."""


class ComputeTargetException(AzureMLException):
    """No compute target has this name, or it can't be used so."""


class DatasetTimestampMissingError(AzureMLException):
    """A data set has no column of times."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """Never raised here: services have no addresses to look for."""


class ExperimentExecutionException(AzureMLException):
    """Something submitted couldn't be started."""


class ModelNotFoundException(AzureMLException):
    """No model has this name and version."""


class ModelPathNotFoundException(AzureMLException):
    """A run kept no file where its model was said to be."""


class OptionalDependencyMissingException(AzureMLException):
    """A package that isn't installed is needed for this."""


class ProjectSystemException(AzureMLException):
    """A workspace can't be read or written."""


class RunConfigurationException(AzureMLException):
    """A run configuration that can't be used."""


class RunEnvironmentException(AzureMLException):
    """A script asks for its run, and it isn't in one."""


class ServiceException(AzureMLException):
    """What the service would have answered; a plain message here."""

    status_code: Optional[int] = None


class SnapshotException(AzureMLException):
    """A source folder can't be kept."""


class TrainingException(AzureMLException):
    """A training configuration that can't be used."""


class WebserviceException(AzureMLException):
    """Models that don't exist or have names they can't have (a web service never gets so far here)."""

    def __init__(
        self, exception_message: Any = "", status_code: Optional[int] = None, logs_response: Any = None, **details: Any
    ) -> None:
        super().__init__(exception_message, **details)
        self.status_code = status_code
        self.logs_response = logs_response


class WorkspaceException(AzureMLException):
    """A workspace that isn't there, or can't be made."""


class HyperDriveException(AzureMLException):
    """What all exceptions of HyperDrive have in common."""


class HyperDriveServiceException(HyperDriveException):
    """A search failed for a reason of the engine's."""


class HyperDriveConfigException(HyperDriveException):
    """A search that can't be run as it is configured."""


class HyperDriveScenarioNotSupportedException(HyperDriveConfigException):
    """A combination that HyperDrive doesn't have."""


class HyperDriveNotImplementedException(HyperDriveScenarioNotSupportedException):
    """Something that HyperDrive doesn't do."""


class HyperDriveRehydrateException(HyperDriveException):
    """A recorded search that can't be read back."""


class HttpOperationError(Exception):
    """An answer that isn't a success; here there is no response, only what it would have said."""

    def __init__(self, message: str = "", response: Any = None, error: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.response = response
        self.error = error


class ErrorResponseException(HttpOperationError):
    """No pipeline endpoint has this name."""
