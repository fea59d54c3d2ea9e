using System.Net;
using Postfleet.Admin.Options;
using Postfleet.Cli.Common;
using Postfleet.Node.Configuration;

namespace Postfleet.Node.Cli;

/// <summary>Finds the API in the configuration that a node on this machine would load.</summary>
internal static class LocalEndpoint
{
    private const string Hint = "give the API of a node with --endpoint or POSTFLEET_ENDPOINT";

    /// <summary>Loads the configuration as <c>serve</c> does. Files that it names are not read.</summary>
    public static LocalNode Find(string[] settings, string? file, Surroundings surroundings)
    {
        // The name of the machine is not needed here, and its search may ask a DNS server.
        var result = ConfigurationLoader.Load(
            settings, file, surroundings.Environment, surroundings.WorkingDirectory, () => "localhost", checksFiles: false);
        if (result.Loaded is not { } loaded) return new LocalNode("", "", $"{result.Errors[0]}; or {Hint}");
        return Of(loaded.Options.Admin);
    }

    private static LocalNode Of(AdminOptions admin)
    {
        if (admin.Endpoint.Port == 0) return new LocalNode("", "", $"Admin:Endpoint has port 0, so its port is not known; {Hint}");
        var address = admin.Endpoint.Address;
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        return new LocalNode($"{new IPEndPoint(address, admin.Endpoint.Port)}", admin.Token, "");
    }
}
