using System.Net;
using Postfleet.Admin.Options;
using Postfleet.Cli.Common;
using Postfleet.Node.Configuration;

namespace Postfleet.Node.Cli;

/// <summary>Finds the API in the configuration of a node on this machine.</summary>
internal static class LocalEndpoint
{
    private const string Hint = "give the API of a node with --endpoint or POSTFLEET_ENDPOINT";

    /// <summary>Loads the configuration as <c>serve</c> does. Only a file with a token is read.</summary>
    public static LocalNode Find(string[] settings, string? file, Surroundings surroundings)
    {
        // The name of the machine is not needed here, and its search may ask a DNS server.
        var sources = new ConfigurationSources(settings, file, surroundings.Environment, surroundings.WorkingDirectory);
        var result = ConfigurationLoader.Load(sources, () => "localhost", checksFiles: false);
        if (result.Loaded is not { } loaded) return new LocalNode("", "", $"{result.Errors[0]}; or {Hint}");
        return Of(loaded.Options.Admin);
    }

    private static LocalNode Of(AdminOptions admin)
    {
        if (admin.Endpoint.Port == 0) return new LocalNode("", "", $"Admin:Endpoint has port 0, so its port is not known; {Hint}");
        var address = admin.Endpoint.Address;
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        var fault = "";
        var token = Token(admin, ref fault);
        return new LocalNode($"{new IPEndPoint(address, admin.Endpoint.Port)}", token, fault);
    }

    /// <summary>The token with the widest scope; empty for none.</summary>
    private static string Token(AdminOptions admin, ref string fault)
    {
        var (token, file) = (admin.Token, admin.TokenFile);
        if (token.Length == 0 && file.Length == 0 && admin.Tokens.MaxBy(each => each.Scope == ApiScope.Operate) is { } other)
            (token, file) = (other.Token, other.TokenFile);
        if (file.Length == 0) return token;
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"the token of the configuration cannot be read: {e.Message} Give --token or POSTFLEET_TOKEN, and --endpoint";
            return "";
        }
    }
}
