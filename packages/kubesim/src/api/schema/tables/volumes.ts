/** Field tables of core/v1: volumes of pods. Syntax: `../table.ts`. */
export const VOLUME_TYPES = `
core.Volume
  name! 1 string zero; ... 2 core.VolumeSource
core.VolumeSource
  hostPath 1 *core.HostPathVolumeSource; emptyDir 2 *core.EmptyDirVolumeSource
  gcePersistentDisk 3 *core.GCEPersistentDiskVolumeSource
  awsElasticBlockStore 4 *core.AWSElasticBlockStoreVolumeSource; gitRepo 5 *core.GitRepoVolumeSource
  secret 6 *core.SecretVolumeSource; nfs 7 *core.NFSVolumeSource; iscsi 8 *core.ISCSIVolumeSource
  glusterfs 9 *core.GlusterfsVolumeSource
  persistentVolumeClaim 10 *core.PersistentVolumeClaimVolumeSource; rbd 11 *core.RBDVolumeSource
  flexVolume 12 *core.FlexVolumeSource; cinder 13 *core.CinderVolumeSource
  cephfs 14 *core.CephFSVolumeSource; flocker 15 *core.FlockerVolumeSource
  downwardAPI 16 *core.DownwardAPIVolumeSource; fc 17 *core.FCVolumeSource
  azureFile 18 *core.AzureFileVolumeSource; configMap 19 *core.ConfigMapVolumeSource
  vsphereVolume 20 *core.VsphereVirtualDiskVolumeSource; quobyte 21 *core.QuobyteVolumeSource
  azureDisk 22 *core.AzureDiskVolumeSource; photonPersistentDisk 23 *core.PhotonPersistentDiskVolumeSource
  projected 26 *core.ProjectedVolumeSource; portworxVolume 24 *core.PortworxVolumeSource
  scaleIO 25 *core.ScaleIOVolumeSource; storageos 27 *core.StorageOSVolumeSource
  csi 28 *core.CSIVolumeSource; ephemeral 29 *core.EphemeralVolumeSource; image 30 *core.ImageVolumeSource
core.PersistentVolumeClaim
  metadata 1 meta.ObjectMeta; spec 2 core.PersistentVolumeClaimSpec
  status 3 core.PersistentVolumeClaimStatus
core.HostPathVolumeSource
  path! 1 string zero
  type 2 *string enum=|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket
core.EmptyDirVolumeSource
  medium 1 string; sizeLimit 2 *Quantity
core.GCEPersistentDiskVolumeSource
  pdName! 1 string zero; fsType 2 string; partition 3 int32; readOnly 4 bool
core.AWSElasticBlockStoreVolumeSource
  volumeID! 1 string zero; fsType 2 string; partition 3 int32; readOnly 4 bool
core.GitRepoVolumeSource
  repository! 1 string zero; revision 2 string; directory 3 string
core.SecretVolumeSource
  secretName 1 string; items 2 []core.KeyToPath atomic; defaultMode 3 *int32; optional 4 *bool
core.NFSVolumeSource
  server! 1 string zero; path! 2 string zero; readOnly 3 bool
core.ISCSIVolumeSource
  targetPortal! 1 string zero; iqn! 2 string zero; lun! 3 int32 zero
  iscsiInterface 4 string default="default"; fsType 5 string; readOnly 6 bool; portals 7 []string atomic
  chapAuthDiscovery 8 bool; chapAuthSession 11 bool; secretRef 10 *core.LocalObjectReference
  initiatorName 12 *string
core.GlusterfsVolumeSource
  endpoints! 1 string zero; path! 2 string zero; readOnly 3 bool
core.PersistentVolumeClaimVolumeSource
  claimName! 1 string zero; readOnly 2 bool
core.RBDVolumeSource
  monitors! 1 []string atomic zero; image! 2 string zero; fsType 3 string; pool 4 string default="rbd"
  user 5 string default="admin"; keyring 6 string default="/etc/ceph/keyring"
  secretRef 7 *core.LocalObjectReference; readOnly 8 bool
core.FlexVolumeSource
  driver! 1 string zero; fsType 2 string; secretRef 3 *core.LocalObjectReference; readOnly 4 bool
  options 5 map string
core.CinderVolumeSource
  volumeID! 1 string zero; fsType 2 string; readOnly 3 bool; secretRef 4 *core.LocalObjectReference
core.CephFSVolumeSource
  monitors! 1 []string atomic zero; path 2 string; user 3 string; secretFile 4 string
  secretRef 5 *core.LocalObjectReference; readOnly 6 bool
core.FlockerVolumeSource
  datasetName 1 string; datasetUUID 2 string
core.DownwardAPIVolumeSource
  items 1 []core.DownwardAPIVolumeFile atomic; defaultMode 2 *int32
core.FCVolumeSource
  targetWWNs 1 []string atomic; lun 2 *int32; fsType 3 string; readOnly 4 bool; wwids 5 []string atomic
core.AzureFileVolumeSource
  secretName! 1 string zero; shareName! 2 string zero; readOnly 3 bool
core.ConfigMapVolumeSource
  ... 1 core.LocalObjectReference; items 2 []core.KeyToPath atomic; defaultMode 3 *int32; optional 4 *bool
core.VsphereVirtualDiskVolumeSource
  volumePath! 1 string zero; fsType 2 string; storagePolicyName 3 string; storagePolicyID 4 string
core.QuobyteVolumeSource
  registry! 1 string zero; volume! 2 string zero; readOnly 3 bool; user 4 string; group 5 string
  tenant 6 string
core.AzureDiskVolumeSource
  diskName! 1 string zero; diskURI! 2 string zero
  cachingMode 3 *string enum=None|ReadOnly|ReadWrite default="ReadWrite"; fsType 4 *string default="ext4"
  readOnly 5 *bool; kind 6 *string enum=Dedicated|Managed|Shared default="Shared"
core.PhotonPersistentDiskVolumeSource
  pdID! 1 string zero; fsType 2 string
core.ProjectedVolumeSource
  sources 1 []core.VolumeProjection atomic zero; defaultMode 2 *int32
core.PortworxVolumeSource
  volumeID! 1 string zero; fsType 2 string; readOnly 3 bool
core.ScaleIOVolumeSource
  gateway! 1 string zero; system! 2 string zero; secretRef! 3 *core.LocalObjectReference
  sslEnabled 4 bool; protectionDomain 5 string; storagePool 6 string
  storageMode 7 string default="ThinProvisioned"; volumeName 8 string; fsType 9 string default="xfs"
  readOnly 10 bool
core.StorageOSVolumeSource
  volumeName 1 string; volumeNamespace 2 string; fsType 3 string; readOnly 4 bool
  secretRef 5 *core.LocalObjectReference
core.CSIVolumeSource
  driver! 1 string zero; readOnly 2 *bool; fsType 3 *string; volumeAttributes 4 map string
  nodePublishSecretRef 5 *core.LocalObjectReference
core.EphemeralVolumeSource
  volumeClaimTemplate 1 *core.PersistentVolumeClaimTemplate
core.ImageVolumeSource
  reference 1 string; pullPolicy 2 string enum=Always|IfNotPresent|Never
core.PersistentVolumeClaimSpec
  accessModes 1 []string atomic enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
  selector 4 *meta.LabelSelector; resources 2 core.VolumeResourceRequirements; volumeName 3 string
  storageClassName 5 *string; volumeMode 6 *string enum=Block|Filesystem
  dataSource 7 *core.TypedLocalObjectReference; dataSourceRef 8 *core.TypedObjectReference
  volumeAttributesClassName 9 *string
core.PersistentVolumeClaimStatus
  phase 1 string enum=Bound|Lost|Pending
  accessModes 2 []string atomic enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
  capacity 3 map Quantity; conditions 4 []core.PersistentVolumeClaimCondition keys=type merge=type
  allocatedResources 5 map Quantity; allocatedResourceStatuses 7 map string
  currentVolumeAttributesClassName 8 *string; modifyVolumeStatus 9 *core.ModifyVolumeStatus
core.TypedLocalObjectReference atomic
  apiGroup 1 *string; kind! 2 string zero; name! 3 string zero
core.KeyToPath
  key! 1 string zero; path! 2 string zero; mode 3 *int32
core.DownwardAPIVolumeFile
  path! 1 string zero; fieldRef 2 *core.ObjectFieldSelector
  resourceFieldRef 3 *core.ResourceFieldSelector; mode 4 *int32
core.VolumeProjection
  secret 1 *core.SecretProjection; downwardAPI 2 *core.DownwardAPIProjection
  configMap 3 *core.ConfigMapProjection; serviceAccountToken 4 *core.ServiceAccountTokenProjection
  clusterTrustBundle 5 *core.ClusterTrustBundleProjection; podCertificate 6 *core.PodCertificateProjection
core.PersistentVolumeClaimTemplate
  metadata 1 meta.ObjectMeta; spec! 2 core.PersistentVolumeClaimSpec zero
core.VolumeResourceRequirements
  limits 1 map Quantity; requests 2 map Quantity
core.TypedObjectReference
  apiGroup 1 *string; kind! 2 string zero; name! 3 string zero; namespace 4 *string
core.PersistentVolumeClaimCondition
  type! 1 string zero; status! 2 string zero; lastProbeTime 3 Time; lastTransitionTime 4 Time
  reason 5 string; message 6 string
core.ModifyVolumeStatus
  targetVolumeAttributesClassName 1 string; status! 2 string enum=InProgress|Infeasible|Pending zero
core.SecretProjection
  ... 1 core.LocalObjectReference; items 2 []core.KeyToPath atomic; optional 4 *bool
core.DownwardAPIProjection
  items 1 []core.DownwardAPIVolumeFile atomic
core.ConfigMapProjection
  ... 1 core.LocalObjectReference; items 2 []core.KeyToPath atomic; optional 4 *bool
core.ServiceAccountTokenProjection
  audience 1 string; expirationSeconds 2 *int64; path! 3 string zero
core.ClusterTrustBundleProjection
  name 1 *string; signerName 2 *string; labelSelector 3 *meta.LabelSelector; optional 5 *bool
  path! 4 string zero
core.PodCertificateProjection
  signerName! 1 string; keyType! 2 string; maxExpirationSeconds 3 *int32; credentialBundlePath 4 string
  keyPath 5 string; certificateChainPath 6 string
`;
