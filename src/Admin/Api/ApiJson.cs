using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postfleet.Admin.Api;

/// <summary>
/// The JSON of the API. Names are in camel case; requests with unknown or repeated members, or with null where a value is needed, are
/// refused.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    PropertyNameCaseInsensitive = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(QueueList))]
[JsonSerializable(typeof(QueueDetail))]
[JsonSerializable(typeof(ResolveView))]
[JsonSerializable(typeof(ActionRequest))]
[JsonSerializable(typeof(ActionDetail))]
[JsonSerializable(typeof(ActionCount))]
[JsonSerializable(typeof(ActionList))]
[JsonSerializable(typeof(InjectionRequest))]
[JsonSerializable(typeof(InjectionAnswer))]
[JsonSerializable(typeof(MessageList))]
[JsonSerializable(typeof(MessageTimeline))]
[JsonSerializable(typeof(RouteList))]
[JsonSerializable(typeof(StreamedEvent))]
[JsonSerializable(typeof(DestinationList))]
[JsonSerializable(typeof(DestinationDetail))]
[JsonSerializable(typeof(CapturedList))]
[JsonSerializable(typeof(CapturedDeletion))]
[JsonSerializable(typeof(ClusterView))]
[JsonSerializable(typeof(ReloadView))]
[JsonSerializable(typeof(UserList))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(UserBody))]
[JsonSerializable(typeof(UserDeletion))]
[JsonSerializable(typeof(AppPasswordBody))]
[JsonSerializable(typeof(NewAppPassword))]
[JsonSerializable(typeof(DkimKeyBody))]
[JsonSerializable(typeof(DkimKeyView))]
[JsonSerializable(typeof(DkimKeyList))]
[JsonSerializable(typeof(SuppressionList))]
[JsonSerializable(typeof(SuppressionView))]
[JsonSerializable(typeof(SuppressionBody))]
[JsonSerializable(typeof(SuppressionImport))]
[JsonSerializable(typeof(SuppressionCount))]
[JsonSerializable(typeof(SuppressionDeletion))]
[JsonSerializable(typeof(ReloadProblem))]
[JsonSerializable(typeof(Problem))]
public sealed partial class ApiJson : JsonSerializerContext;
