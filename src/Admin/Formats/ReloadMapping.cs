using Postfleet.Admin.Messages;

namespace Postfleet.Admin.Formats;

/// <summary>Maps the messages about reloads to their wire format.</summary>
internal static class ReloadMapping
{
    public static Wire.ReloadNode ToWire(ReloadNode message) => new() { Author = message.Author };

    public static ReloadNode FromWire(Wire.ReloadNode wire) => new(wire.Author);

    public static Wire.NodeReloaded ToWire(NodeReloaded message) => new()
    {
        Changed = { message.Changed },
        RestartNeeded = { message.RestartNeeded },
        Errors = { message.Errors },
    };

    public static NodeReloaded FromWire(Wire.NodeReloaded wire) => new([.. wire.Changed], [.. wire.RestartNeeded], [.. wire.Errors]);
}
