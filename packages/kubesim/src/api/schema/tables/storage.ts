/** Field tables of persistent volumes, and of storage.k8s.io/v1. Syntax: `../table.ts`. */
export const STORAGE_TYPES = `
core.PersistentVolume
  metadata 1 meta.ObjectMeta; spec 2 core.PersistentVolumeSpec; status 3 core.PersistentVolumeStatus
storage.CSIDriver
  metadata 1 meta.ObjectMeta; spec! 2 storage.CSIDriverSpec zero
storage.CSINode
  metadata 1 meta.ObjectMeta; spec! 2 storage.CSINodeSpec zero
storage.CSIStorageCapacity
  metadata 1 meta.ObjectMeta; nodeTopology 2 *meta.LabelSelector; storageClassName! 3 string zero
  capacity 4 *Quantity; maximumVolumeSize 5 *Quantity
storage.VolumeAttachment
  metadata 1 meta.ObjectMeta; spec! 2 storage.VolumeAttachmentSpec zero
  status 3 storage.VolumeAttachmentStatus
storage.VolumeAttributesClass
  metadata 1 meta.ObjectMeta; driverName! 2 string zero; parameters 3 map string
core.PersistentVolumeSpec
  capacity 1 map Quantity; ... 2 core.PersistentVolumeSource
  accessModes 3 []string atomic enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
  claimRef 4 *core.ObjectReference; persistentVolumeReclaimPolicy 5 string enum=Delete|Recycle|Retain
  storageClassName 6 string; mountOptions 7 []string atomic; volumeMode 8 *string enum=Block|Filesystem
  nodeAffinity 9 *core.VolumeNodeAffinity; volumeAttributesClassName 10 *string
core.PersistentVolumeStatus
  phase 1 string enum=Available|Bound|Failed|Pending|Released; message 2 string; reason 3 string
  lastPhaseTransitionTime 4 *Time
storage.CSIDriverSpec
  attachRequired 1 *bool; podInfoOnMount 2 *bool; volumeLifecycleModes 3 []string set; storageCapacity 4 *bool
  fsGroupPolicy 5 *string; tokenRequests 6 []storage.TokenRequest atomic; requiresRepublish 7 *bool
  seLinuxMount 8 *bool; nodeAllocatableUpdatePeriodSeconds 9 *int64
storage.CSINodeSpec
  drivers! 1 []storage.CSINodeDriver keys=name merge=name zero
storage.VolumeAttachmentSpec
  attacher! 1 string zero; source! 2 storage.VolumeAttachmentSource zero; nodeName! 3 string zero
storage.VolumeAttachmentStatus
  attached! 1 bool zero; attachmentMetadata 2 map string; attachError 3 *storage.VolumeError
  detachError 4 *storage.VolumeError
core.PersistentVolumeSource
  gcePersistentDisk 1 *core.GCEPersistentDiskVolumeSource
  awsElasticBlockStore 2 *core.AWSElasticBlockStoreVolumeSource; hostPath 3 *core.HostPathVolumeSource
  glusterfs 4 *core.GlusterfsPersistentVolumeSource; nfs 5 *core.NFSVolumeSource
  rbd 6 *core.RBDPersistentVolumeSource; iscsi 7 *core.ISCSIPersistentVolumeSource
  cinder 8 *core.CinderPersistentVolumeSource; cephfs 9 *core.CephFSPersistentVolumeSource
  fc 10 *core.FCVolumeSource; flocker 11 *core.FlockerVolumeSource
  flexVolume 12 *core.FlexPersistentVolumeSource; azureFile 13 *core.AzureFilePersistentVolumeSource
  vsphereVolume 14 *core.VsphereVirtualDiskVolumeSource; quobyte 15 *core.QuobyteVolumeSource
  azureDisk 16 *core.AzureDiskVolumeSource; photonPersistentDisk 17 *core.PhotonPersistentDiskVolumeSource
  portworxVolume 18 *core.PortworxVolumeSource; scaleIO 19 *core.ScaleIOPersistentVolumeSource
  local 20 *core.LocalVolumeSource; storageos 21 *core.StorageOSPersistentVolumeSource
  csi 22 *core.CSIPersistentVolumeSource
core.VolumeNodeAffinity
  required 1 *core.NodeSelector
storage.TokenRequest
  audience! 1 string zero; expirationSeconds 2 *int64
storage.CSINodeDriver
  name! 1 string zero; nodeID! 2 string zero; topologyKeys 3 []string atomic zero
  allocatable 4 *storage.VolumeNodeResources
storage.VolumeAttachmentSource
  persistentVolumeName 1 *string; inlineVolumeSpec 2 *core.PersistentVolumeSpec
storage.VolumeError
  time 1 Time; message 2 string; errorCode 3 *int32
core.GlusterfsPersistentVolumeSource
  endpoints! 1 string zero; path! 2 string zero; readOnly 3 bool; endpointsNamespace 4 *string
core.RBDPersistentVolumeSource
  monitors! 1 []string atomic zero; image! 2 string zero; fsType 3 string; pool 4 string default="rbd"
  user 5 string default="admin"; keyring 6 string default="/etc/ceph/keyring"
  secretRef 7 *core.SecretReference; readOnly 8 bool
core.ISCSIPersistentVolumeSource
  targetPortal! 1 string zero; iqn! 2 string zero; lun! 3 int32 zero
  iscsiInterface 4 string default="default"; fsType 5 string; readOnly 6 bool; portals 7 []string atomic
  chapAuthDiscovery 8 bool; chapAuthSession 11 bool; secretRef 10 *core.SecretReference
  initiatorName 12 *string
core.CinderPersistentVolumeSource
  volumeID! 1 string zero; fsType 2 string; readOnly 3 bool; secretRef 4 *core.SecretReference
core.CephFSPersistentVolumeSource
  monitors! 1 []string atomic zero; path 2 string; user 3 string; secretFile 4 string
  secretRef 5 *core.SecretReference; readOnly 6 bool
core.FlexPersistentVolumeSource
  driver! 1 string zero; fsType 2 string; secretRef 3 *core.SecretReference; readOnly 4 bool
  options 5 map string
core.AzureFilePersistentVolumeSource
  secretName! 1 string zero; shareName! 2 string zero; readOnly 3 bool; secretNamespace 4 *string zero
core.ScaleIOPersistentVolumeSource
  gateway! 1 string zero; system! 2 string zero; secretRef! 3 *core.SecretReference zero; sslEnabled 4 bool
  protectionDomain 5 string; storagePool 6 string; storageMode 7 string default="ThinProvisioned"
  volumeName 8 string; fsType 9 string default="xfs"; readOnly 10 bool
core.LocalVolumeSource
  path! 1 string zero; fsType 2 *string
core.StorageOSPersistentVolumeSource
  volumeName 1 string; volumeNamespace 2 string; fsType 3 string; readOnly 4 bool
  secretRef 5 *core.ObjectReference
core.CSIPersistentVolumeSource
  driver! 1 string zero; volumeHandle! 2 string zero; readOnly 3 bool; fsType 4 string
  volumeAttributes 5 map string; controllerPublishSecretRef 6 *core.SecretReference
  nodeStageSecretRef 7 *core.SecretReference; nodePublishSecretRef 8 *core.SecretReference
  controllerExpandSecretRef 9 *core.SecretReference; nodeExpandSecretRef 10 *core.SecretReference
storage.VolumeNodeResources
  count 1 *int32
core.SecretReference atomic
  name 1 string; namespace 2 string
`;
