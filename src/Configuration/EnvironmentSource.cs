using System.Collections;

namespace Postfleet.Configuration;

/// <summary>
/// Reads settings from environment variables: <c>POSTFLEET_Storage__Provider</c>, two underscores for each colon. Names with
/// single underscores alone are not ours: Kubernetes sets <c>POSTFLEET_PORT</c>, <c>POSTFLEET_SERVICE_HOST</c> and, for a service named
/// <c>postfleet-cluster</c>, <c>POSTFLEET_CLUSTER_PORT</c>. A name that differs from a key by an underscore only is an error, unless its
/// value is the address of a service (<c>tcp://10.0.0.1:4053</c>), which no setting can be.
/// </summary>
internal static class EnvironmentSource
{
    private const string Prefix = "POSTFLEET_";

    private static readonly string[] ServiceSchemes = ["tcp://", "udp://", "sctp://"];

    /// <summary>The settings of the environment, by name.</summary>
    public static IReadOnlyList<RawSetting> Read(KeyTable table, IDictionary environment, ICollection<string> errors)
    {
        var settings = new List<RawSetting>();
        var names = environment.Keys.Cast<string>().Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase));
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            var key = name[Prefix.Length..];
            if (key.Contains("__", StringComparison.Ordinal) || table.Lists.Contains(key))
            {
                var path = key.Replace("__", ":", StringComparison.Ordinal);
                settings.Add(new RawSetting(path, environment[name] as string ?? "", $"environment {name}"));
            }
            else if (!IsServiceAddress(environment[name] as string) && table.Find(key.Replace('_', ':')) is { Key: not null } meant)
            {
                var suggestion = Prefix + meant.Path.Replace(":", "__", StringComparison.Ordinal);
                errors.Add($"unknown environment variable '{name}'; did you mean '{suggestion}'?");
            }
        }

        return settings;
    }

    private static bool IsServiceAddress(string? value) =>
        value is not null && Array.Exists(ServiceSchemes, scheme => value.StartsWith(scheme, StringComparison.Ordinal));
}
