using System.Net;
using System.Net.NetworkInformation;

namespace Postfleet.Node.Common;

/// <summary>
/// Reads the addresses of this machine, on which a wildcard listener accepts connections. Modules get this method as a function.
/// </summary>
internal static class MachineAddresses
{
    /// <summary>Reads the current addresses.</summary>
    public static IEnumerable<IPAddress> Read() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(face => face.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address);
}
