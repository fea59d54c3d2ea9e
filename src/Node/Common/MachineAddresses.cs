using System.Net;
using System.Net.NetworkInformation;

namespace Postfleet.Node.Common;

/// <summary>The addresses of this machine: what a listener on all addresses stands for. The rooms are handed the question.</summary>
internal static class MachineAddresses
{
    /// <summary>Reads those that the machine has now.</summary>
    public static IEnumerable<IPAddress> Read() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(face => face.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address);
}
