using Akka.Actor;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Reload;

namespace Postfleet.Admin;

/// <summary>
/// Has this node read its configuration again when any node asks. Each node has this actor, at <see cref="Path"/>. The reload runs on the
/// thread pool.
/// </summary>
internal sealed class ReloadActor(INodeReload reload) : UntypedActor
{
    /// <summary>The actor's name, below <c>/user</c>.</summary>
    public const string Path = "reload";

    protected override void OnReceive(object message)
    {
        if (message is ReloadNode ask) ReloadAsync(ask.Author).PipeTo(Sender, Self);
        else Unhandled(message);
    }

    private async Task<NodeReloaded> ReloadAsync(string author)
    {
        var (changed, restart, errors) = await reload.ReloadAsync(author);
        return new NodeReloaded(
            changed, restart,
            [.. errors.Take(NodeReloaded.MaxErrors).Select(error => error.Length > NodeReloaded.MaxErrorLength
                ? error[..NodeReloaded.MaxErrorLength] : error)]);
    }
}
