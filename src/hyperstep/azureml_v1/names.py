"""The table of names: every module of `azureml` that is known, and where what it offers is found.

NAMES: what is done here: module of azureml, then module of ours, then names. A
name may stand in many modules of azureml, and is the same object in all.
REFUSED: what can be imported and not used, by the reason in `unsupported`.
RECORDED: what of a name in NAMES is kept and has no effect on this machine.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing would cost more than all else here

if TYPE_CHECKING:
    from typing import Dict

VERSION = "1.61.0"
"""What `azureml.core.VERSION` says: the release whose behaviour this layer has."""

SNAPSHOT_MAX_SIZE_BYTES = 314572800
"""What programs raise when their source folder is large; a source of any size is kept here."""

_AUTHENTICATION = (
    "AbstractAuthentication ArmTokenAuthentication AzureCliAuthentication "
    "InteractiveLoginAuthentication MsiAuthentication ServicePrincipalAuthentication TokenAuthentication"
)
_EXCEPTIONS = (
    "ActivityFailedException AuthenticationException AzureMLException ComputeTargetException "
    "DatasetTimestampMissingError DiscoveryUrlNotFoundException ExperimentExecutionException ModelNotFoundException "
    "ModelPathNotFoundException OptionalDependencyMissingException ProjectSystemException RunConfigurationException "
    "RunEnvironmentException ServiceException SnapshotException TrainingException UserErrorException "
    "WebserviceException WorkspaceException"
)
_EXPRESSIONS = "choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform"
_HYPERDRIVE_EXCEPTIONS = (
    "HyperDriveConfigException HyperDriveException HyperDriveNotImplementedException HyperDriveRehydrateException "
    "HyperDriveScenarioNotSupportedException HyperDriveServiceException"
)
_POLICIES = "BanditPolicy EarlyTerminationPolicy MedianStoppingPolicy NoTerminationPolicy TruncationSelectionPolicy"
_SAMPLINGS = "BayesianParameterSampling GridParameterSampling HyperParameterSampling RandomParameterSampling"
_IMAGES = "DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE"
_OUTPUTS = "OutputDatasetConfig OutputFileDatasetConfig OutputTabularDatasetConfig"
_PORTS = "InputPortBinding PipelineDataset"
_WEBSERVICES = "AciWebservice AksEndpoint AksWebservice LocalWebservice Webservice"

NAMES: Dict[str, Dict[str, str]] = {
    "azureml": {},
    "azureml._common": {},
    "azureml._common.exceptions": {"exceptions": "AzureMLException"},
    "azureml._restclient": {},
    "azureml._restclient.snapshots_client": {"names": "SNAPSHOT_MAX_SIZE_BYTES"},
    "azureml.core": {
        "names": "VERSION",
        "compute": "ComputeTarget",
        "dataset": "Dataset",
        "datastore": "Datastore",
        "environment": "Environment",
        "experiment": "Experiment",
        "keyvault": "Keyvault",
        "model": "Model",
        "run": "Run get_run",
        "runconfig": "ContainerRegistry RunConfiguration",
        "script_run": "ScriptRun ScriptRunConfig",
        "workspace": "Workspace",
    },
    "azureml.core.authentication": {"authentication": _AUTHENTICATION},
    "azureml.core.compute": {"compute": "AmlCompute ComputeInstance ComputeTarget RemoteCompute"},
    "azureml.core.compute.amlcompute": {"compute": "AmlCompute AmlComputeStatus ScaleSettings"},
    "azureml.core.compute.compute": {"compute": "ComputeTarget"},
    "azureml.core.compute.computeinstance": {"compute": "ComputeInstance"},
    "azureml.core.compute.remote": {"compute": "RemoteCompute"},
    "azureml.core.compute_target": {"exceptions": "ComputeTargetException"},
    "azureml.core.conda_dependencies": {"conda": "CondaDependencies"},
    "azureml.core.container_registry": {"runconfig": "ContainerRegistry"},
    "azureml.core.dataset": {"dataset": "Dataset"},
    "azureml.core.datastore": {"datastore": "Datastore"},
    "azureml.core.environment": {
        "conda": "CondaDependencies",
        "environment": "DockerSection Environment PythonSection RSection SparkSection " + _IMAGES,
    },
    "azureml.core.experiment": {"experiment": "Experiment"},
    "azureml.core.keyvault": {"keyvault": "Keyvault"},
    "azureml.core.model": {"model": "Model"},
    "azureml.core.resource_configuration": {"runconfig": "ResourceConfiguration"},
    "azureml.core.run": {"offline": "_OfflineRun", "run": "Run get_run", "submitted_run": "_SubmittedRun"},
    "azureml.core.runconfig": {
        "conda": "CondaDependencies",
        "environment": "DockerSection Environment PythonSection " + _IMAGES,
        "runconfig": (
            "ContainerRegistry DataReferenceConfiguration DockerConfiguration MpiConfiguration "
            "ParallelTaskConfiguration PyTorchConfiguration RunConfiguration TensorflowConfiguration"
        ),
    },
    "azureml.core.script_run": {"script_run": "ScriptRun"},
    "azureml.core.script_run_config": {"script_run": "ScriptRunConfig"},
    "azureml.core.workspace": {"workspace": "Workspace"},
    "azureml.data": {
        "data_reference": "DataReference",
        "dataset": "FileDataset TabularDataset",
        "dataset_factory": "DataType",
        "output_dataset_config": "OutputFileDatasetConfig",
    },
    "azureml.data.abstract_dataset": {"dataset": "AbstractDataset"},
    "azureml.data.azure_storage_datastore": {"datastore": "AzureBlobDatastore AzureFileDatastore"},
    "azureml.data.data_reference": {"data_reference": "DataReference"},
    "azureml.data.datapath": {"data_reference": "DataPath DataPathComputeBinding"},
    "azureml.data.dataset_consumption_config": {"dataset": "DatasetConsumptionConfig"},
    "azureml.data.dataset_factory": {"dataset_factory": "DataType FileDatasetFactory TabularDatasetFactory"},
    "azureml.data.dataset_type_definitions": {"dataset_factory": "PromoteHeadersBehavior"},
    "azureml.data.file_dataset": {"dataset": "FileDataset"},
    "azureml.data.output_dataset_config": {"output_dataset_config": _OUTPUTS},
    "azureml.data.tabular_dataset": {"dataset": "TabularDataset"},
    "azureml.exceptions": {"exceptions": _EXCEPTIONS},
    "azureml.pipeline": {},
    "azureml.pipeline.core": {
        "build": "Graph",
        "endpoint": "PipelineEndpoint",
        "pipeline": "Pipeline",
        "pipeline_data": "PipelineData",
        "pipeline_parameter": "PipelineParameter TrainingOutput",
        "pipeline_run": "PipelineRun StepRun",
        "pipeline_step": "PipelineStep",
        "port_data": "PortDataReference StepRunOutput",
        "ports": _PORTS,
        "published": "PublishedPipeline",
        "schedule": "Schedule ScheduleRecurrence",
        "steps": "StepSequence",
        "time_zone": "TimeZone",
    },
    "azureml.pipeline.core._restclients": {},
    "azureml.pipeline.core._restclients.aeva": {},
    "azureml.pipeline.core._restclients.aeva.models": {"exceptions": "ErrorResponseException"},
    "azureml.pipeline.core._restclients.aeva.models.error_response": {"exceptions": "ErrorResponseException"},
    "azureml.pipeline.core.builder": {
        "pipeline_data": "PipelineData",
        "pipeline_step": "PipelineStep",
        "steps": "StepSequence",
    },
    "azureml.pipeline.core.graph": {
        "build": "Graph",
        "data_reference": "DataReference",
        "pipeline_data": "PipelineData",
        "pipeline_parameter": "PipelineParameter TrainingOutput",
        "port_data": "PortDataReference",
        "ports": _PORTS,
    },
    "azureml.pipeline.core.pipeline": {"pipeline": "Pipeline"},
    "azureml.pipeline.core.pipeline_endpoint": {"endpoint": "PipelineEndpoint"},
    "azureml.pipeline.core.pipeline_output_dataset": {
        "pipeline_data": "PipelineOutputAbstractDataset PipelineOutputFileDataset PipelineOutputTabularDataset"
    },
    "azureml.pipeline.core.run": {"pipeline_run": "PipelineRun StepRun", "port_data": "StepRunOutput"},
    "azureml.pipeline.core.schedule": {
        "published": "PublishedPipeline",
        "schedule": "Schedule ScheduleRecurrence",
        "time_zone": "TimeZone",
    },
    "azureml.pipeline.steps": {
        "hyperdrive_run": "HyperDriveStepRun",
        "steps": "CommandStep EstimatorStep HyperDriveStep PythonScriptStep",
    },
    "azureml.pipeline.steps.command_step": {"steps": "CommandStep"},
    "azureml.pipeline.steps.estimator_step": {"steps": "EstimatorStep"},
    "azureml.pipeline.steps.hyper_drive_step": {"hyperdrive_run": "HyperDriveStepRun", "steps": "HyperDriveStep"},
    "azureml.pipeline.steps.python_script_step": {"steps": "PythonScriptStep"},
    "azureml.telemetry": {"telemetry": "get_diagnostics_collection_info set_diagnostics_collection"},
    "azureml.train": {},
    "azureml.train.dnn": {"estimator": "Chainer PyTorch TensorFlow"},
    "azureml.train.estimator": {"estimator": "Estimator MMLBaseEstimator"},
    "azureml.train.hyperdrive": {
        "expressions": _EXPRESSIONS,
        "hyperdrive": "HyperDriveConfig HyperDriveRunConfig PrimaryMetricGoal",
        "hyperdrive_run": "HyperDriveRun",
        "policies": _POLICIES,
        "samplings": _SAMPLINGS,
    },
    "azureml.train.hyperdrive.exceptions": {"exceptions": _HYPERDRIVE_EXCEPTIONS},
    "azureml.train.hyperdrive.parameter_expressions": {"expressions": _EXPRESSIONS},
    "azureml.train.hyperdrive.policy": {"policies": _POLICIES + " _policy_from_dict"},
    "azureml.train.hyperdrive.run": {
        "hyperdrive": "HyperDriveConfig HyperDriveRunConfig PrimaryMetricGoal",
        "hyperdrive_run": "HyperDriveRun",
    },
    "azureml.train.hyperdrive.runconfig": {"hyperdrive": "HyperDriveConfig HyperDriveRunConfig PrimaryMetricGoal"},
    "azureml.train.hyperdrive.sampling": {"samplings": _SAMPLINGS + " _sampling_from_dict"},
    "azureml.train.sklearn": {"estimator": "SKLearn"},
    "azureml.widgets": {"widgets": "RunDetails"},
    "azureml.widgets.run_details": {"widgets": "RunDetails"},
}

REFUSED: Dict[str, Dict[str, str]] = {
    "azureml.core": {
        "deployment": "Image Webservice",
        "network": "PrivateEndPoint PrivateEndPointConfig",
        "spark": "LinkedService SynapseWorkspaceLinkedServiceConfiguration",
    },
    "azureml.core.compute": {
        "cloud data": "AdlaCompute BatchCompute DataFactoryCompute KustoCompute",
        "deployment": "AksCompute",
        "distributed": "DsvmCompute KubernetesCompute",
        "spark": "DatabricksCompute HDInsightCompute SynapseCompute",
    },
    "azureml.core.compute.aks": {"deployment": "AksCompute"},
    "azureml.core.compute.databricks": {"spark": "DatabricksCompute"},
    "azureml.core.databricks": {
        "spark": "EggLibrary JarLibrary MavenLibrary PyPiLibrary RCranLibrary DatabricksCluster DatabricksSection"
    },
    "azureml.core.environment": {"deployment": "DockerBuildContext DockerImageBuilder"},
    "azureml.core.image": {"deployment": "ContainerImage Image"},
    "azureml.core.image.container": {"deployment": "ContainerImage ContainerImageConfig"},
    "azureml.core.image.image": {"deployment": "Image ImageConfig"},
    "azureml.core.linked_service": {"spark": "LinkedService SynapseWorkspaceLinkedServiceConfiguration"},
    "azureml.core.model": {"deployment": "InferenceConfig ModelPackage"},
    "azureml.core.private_endpoint": {"network": "PrivateEndPoint PrivateEndPointConfig"},
    "azureml.core.profile": {"deployment": "ModelProfile"},
    "azureml.core.runconfig": {
        "distributed": "AmlComputeConfiguration ContainerInstanceConfiguration HistoryConfiguration",
        "spark": "HdiConfiguration SparkConfiguration",
    },
    "azureml.core.webservice": {"deployment": _WEBSERVICES},
    "azureml.core.webservice.aci": {"deployment": "AciServiceDeploymentConfiguration AciWebservice"},
    "azureml.core.webservice.aks": {
        "deployment": "AksEndpoint AksServiceDeploymentConfiguration AksWebservice AutoScaler"
    },
    "azureml.core.webservice.local": {"deployment": "LocalWebservice LocalWebserviceDeploymentConfiguration"},
    "azureml.core.webservice.webservice": {"deployment": "Webservice WebserviceDeploymentConfiguration"},
    "azureml.data": {
        "spark": "HDFSOutputDatasetConfig",
        "cloud data": "LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig",
    },
    "azureml.data.azure_data_lake_datastore": {
        "cloud data": "AbstractADLSDatastore AzureDataLakeDatastore AzureDataLakeGen2Datastore"
    },
    "azureml.data.azure_my_sql_datastore": {"cloud data": "AzureMySqlDatastore"},
    "azureml.data.azure_postgre_sql_datastore": {"cloud data": "AzurePostgreSqlDatastore"},
    "azureml.data.azure_sql_database_datastore": {"cloud data": "AzureSqlDatabaseDatastore"},
    "azureml.data.dbfs_datastore": {"cloud data": "DBFSDatastore"},
    "azureml.data.hdfs_output_dataset_config": {"spark": "HDFSOutputDatasetConfig"},
    "azureml.data.sql_data_reference": {"cloud data": "SqlDataReference"},
    "azureml.data.stored_procedure_parameter": {"cloud data": "StoredProcedureParameter StoredProcedureParameterType"},
    "azureml.pipeline.core": {"drafts": "PipelineDraft", "modules": "Module ModuleVersion"},
    "azureml.pipeline.core.graph": {
        "insides": "DataType InputPortDef ModuleDef OutputPortBinding OutputPortDef ParamDef"
    },
    "azureml.pipeline.core.module": {"modules": "Module ModuleVersion ModuleVersionDescriptor"},
    "azureml.pipeline.core.pipeline_draft": {"drafts": "PipelineDraft"},
    "azureml.pipeline.steps": {
        "automl": "AutoMLStep AutoMLStepRun",
        "cloud data": "AdlaStep AzureBatchStep KustoStep",
        "distributed": "MpiStep",
        "modules": "ModuleStep",
        "moving data": "DataTransferStep",
        "other languages": "RScriptStep",
        "parallel": "ParallelRunConfig ParallelRunStep",
        "spark": "DatabricksStep SynapseSparkStep",
    },
    "azureml.pipeline.steps.adla_step": {"cloud data": "AdlaStep"},
    "azureml.pipeline.steps.azurebatch_step": {"cloud data": "AzureBatchStep"},
    "azureml.pipeline.steps.data_transfer_step": {"moving data": "DataTransferStep"},
    "azureml.pipeline.steps.databricks_step": {"spark": "DatabricksStep"},
    "azureml.pipeline.steps.kusto_step": {"cloud data": "KustoStep"},
    "azureml.pipeline.steps.module_step": {"modules": "ModuleStep"},
    "azureml.pipeline.steps.mpi_step": {"distributed": "MpiStep"},
    "azureml.pipeline.steps.parallel_run_config": {"parallel": "ParallelRunConfig"},
    "azureml.pipeline.steps.parallel_run_step": {"parallel": "ParallelRunStep"},
    "azureml.pipeline.steps.r_script_step": {"other languages": "RScriptStep"},
    "azureml.pipeline.steps.synapse_spark_step": {"spark": "SynapseSparkStep"},
    "azureml.train.dnn": {"distributed": "Gloo Horovod Mpi Nccl ParameterServer"},
}

REFUSED_PACKAGES: Dict[str, str] = {
    "azureml._restclient": "insides",
    "azureml.accel": "deployment",
    "azureml.automl": "automl",
    "azureml.contrib": "preview",
    "azureml.contrib.interpret": "explain",
    "azureml.contrib.services": "deployment",
    "azureml.datadrift": "drift",
    "azureml.dataprep": "dataprep",
    "azureml.designer": "designer",
    "azureml.explain": "explain",
    "azureml.fairness": "explain",
    "azureml.interpret": "explain",
    "azureml.mlflow": "mlflow",
    "azureml.monitoring": "deployment",
    "azureml.opendatasets": "open data",
    "azureml.pipeline.steps.automl_step": "automl",
    "azureml.pipeline.wrapper": "preview",
    "azureml.responsibleai": "explain",
    "azureml.studio": "designer",
    "azureml.tensorboard": "tensorboard",
    "azureml.train.automl": "automl",
}
"""Whole packages that are refused: each module in them can be imported, and each name of theirs."""

REFUSED_ATTRIBUTES: Dict[str, Dict[str, str]] = {
    "AmlCompute": {
        "account": "add_identity remove_identity get_quotas update_quotas",
        "cluster": "get_active_runs supported_vmsizes",
    },
    "ComputeInstance": {"cluster": "get_active_runs supported_vmsizes"},
    "ComputeTarget": {
        "account": "cluster_location cluster_resource_id is_attached resource_id",
        "insides": "deserialize",
    },
    "Dataset": {
        "old data": (
            "archive auto_read_files from_binary_files from_delimited_files from_excel_files from_json_files "
            "from_pandas_dataframe from_parquet_files from_sql_query get get_definition"
        )
    },
    "Datastore": {
        "account": (
            "account_key blob_service client_id endpoint is_sas protocol resource_group sas_token "
            "subscription_id tenant_id"
        ),
        "cloud data": (
            "register_azure_data_lake register_azure_data_lake_gen2 register_azure_my_sql register_azure_postgre_sql "
            "register_azure_sql_database register_dbfs register_hdfs"
        ),
    },
    "Environment": {"images": "from_docker_build_context"},
    "Experiment": {"account": "get_docs_url", "insides": "from_directory"},
    "FileDataset": {
        "dataprep": "as_cache file_metadata filter get_partition_key_values hydrate partition_keys",
    },
    "Model": {
        "account": "get_sas_urls",
        "deployment": "deploy package print_configuration profile",
        "insides": "deserialize",
    },
    "Pipeline": {"yaml": "load_yaml"},
    "PipelineRun": {"yaml": "save"},
    "PublishedPipeline": {"yaml": "save"},
    "Run": {
        "account": "list_by_compute",
        "insides": "add_type_provider",
        "one at a time": "submit_child",
        "snapshots": "clean take_snapshot",
    },
    "RunConfiguration": {"settings in files": "delete load save"},
    "Schedule": {"yaml": "load_yaml"},
    "TabularDataset": {
        "spark": "to_dask_dataframe to_spark_dataframe",
        "tables": (
            "compare_profiles filter get_partition_key_values get_profile get_profile_runs mount partition_by "
            "partition_keys submit_profile time_after time_before time_between time_recent timestamp_columns "
            "to_csv_files to_parquet_files with_timestamp_columns"
        ),
    },
    "Workspace": {
        "account": (
            "delete_connection diagnose_workspace discovery_url get_connection images linked_services list_connections "
            "list_keys service_context set_connection sync_keys update_dependencies"
        ),
        "deleting": "delete",
        "mlflow": "get_mlflow_tracking_uri",
        "network": "add_private_endpoint delete_private_endpoint_connection private_endpoints",
    },
}
"""What v1 has of classes that are done here, and is refused; `v1_object` says so of them and of their subclasses."""

RECORDED: Dict[str, str] = {
    "AmlCompute": "VM size, numbers of nodes, identity: a cluster is a name, and jobs run on this machine",
    "ArmTokenAuthentication": "nobody has to log in here",
    "AzureBlobDatastore": "account and container: the data store is a folder",
    "AzureCliAuthentication": "nobody has to log in here",
    "AzureFileDatastore": "account and share: the data store is a folder",
    "ComputeInstance": "VM size: it is a name, and jobs run on this machine",
    "ContainerRegistry": "address and login: no image is fetched",
    "DEFAULT_CPU_IMAGE": "no image is used",
    "DEFAULT_GPU_IMAGE": "no image is used",
    "DockerConfiguration": "steps run without Docker",
    "DockerSection": "steps run without Docker",
    "Environment": "the image; packages are installed by `hyperstep env build NAME`, else this Python runs the steps",
    "InteractiveLoginAuthentication": "nobody has to log in here",
    "MpiConfiguration": "numbers of nodes and processes: one process runs the script",
    "MsiAuthentication": "nobody has to log in here",
    "ParallelTaskConfiguration": "numbers of nodes and processes: one process runs the script",
    "PyTorchConfiguration": "numbers of nodes and processes: one process runs the script",
    "RemoteCompute": "address and login: it is a name, and jobs run on this machine",
    "ResourceConfiguration": "sizes that a service would get",
    "RSection": "R isn't installed",
    "Schedule": "all of it: nothing is started at its times",
    "ScheduleRecurrence": "all of it: nothing is started at its times",
    "ServicePrincipalAuthentication": "nobody has to log in here",
    "SNAPSHOT_MAX_SIZE_BYTES": "sources of any size are kept",
    "SparkSection": "Spark isn't used",
    "TokenAuthentication": "nobody has to log in here",
    "TensorflowConfiguration": "numbers of workers: one process runs the script",
    "set_diagnostics_collection": "nothing is ever sent",
}
