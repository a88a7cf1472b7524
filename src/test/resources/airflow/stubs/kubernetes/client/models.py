"""The models that the DAG makes, with the fields that it may set."""


def _model(name, *fields):
    def init(self, **given):
        unknown = set(given) - set(fields)
        if unknown:
            raise TypeError(f"{name} has no {unknown}")
        self.__dict__.update(dict.fromkeys(fields), **given)

    return type(name, (), {"__init__": init})


V1EnvVar = _model("V1EnvVar", "name", "value", "value_from")
V1EnvVarSource = _model("V1EnvVarSource", "config_map_key_ref", "field_ref", "resource_field_ref", "secret_key_ref")
V1ObjectFieldSelector = _model("V1ObjectFieldSelector", "api_version", "field_path")
V1Volume = _model("V1Volume", "name", "config_map", "empty_dir", "secret", "persistent_volume_claim")
V1VolumeMount = _model("V1VolumeMount", "name", "mount_path", "read_only", "sub_path")
V1ConfigMapVolumeSource = _model("V1ConfigMapVolumeSource", "default_mode", "items", "name", "optional")
V1EmptyDirVolumeSource = _model("V1EmptyDirVolumeSource", "medium", "size_limit")
V1ResourceRequirements = _model("V1ResourceRequirements", "claims", "limits", "requests")
V1PodSecurityContext = _model(
    "V1PodSecurityContext", "fs_group", "run_as_group", "run_as_non_root", "run_as_user", "seccomp_profile", "supplemental_groups"
)
V1SecurityContext = _model(
    "V1SecurityContext", "allow_privilege_escalation", "capabilities", "privileged", "read_only_root_filesystem", "run_as_non_root"
)
V1Capabilities = _model("V1Capabilities", "add", "drop")
V1SeccompProfile = _model("V1SeccompProfile", "localhost_profile", "type")
