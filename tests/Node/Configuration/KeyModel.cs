using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Properties of a key for tests over all keys: a new key needs no new test.</summary>
internal static class KeyModel
{
    private static readonly Layer Defaults = OptionsMap.Flatten(new PostfleetOptions());

    public static ConfigurationKey Get(string path) => ConfigurationTable.Table.Keys.Single(key => key.Path == path);

    /// <summary>The path of a value with <c>#</c> in place of the indexes.</summary>
    public static string PatternOf(string path) => string.Join(
        ':', path.Split(':').Select(segment => segment.All(char.IsAsciiDigit) ? ConfigurationKey.Index : segment));

    /// <summary>The path of the key, or of the key of the first element in a list.</summary>
    public static string FirstPath(ConfigurationKey key) => key.Path.Replace("#", "0", StringComparison.Ordinal);

    /// <summary>The key set to its example, with its required settings.</summary>
    public static IEnumerable<(string Path, string Value)> Example(ConfigurationKey key)
    {
        yield return (FirstPath(key), key.Example);
        foreach (var other in ConfigurationTable.Table.Keys.Where(other => other.Required && other.List == key.List && other != key))
            yield return (FirstPath(other), other.Example);
        if (key.Path == "Storage:Provider") yield return ("Storage:ConnectionString", "Host=db");
        if (key.Path == "Cluster:Seeds:#") yield return ("Storage:Provider", "postgres");
        if (key.Path == "Cluster:Seeds:#") yield return ("Storage:ConnectionString", "Host=db");
        if (key.Path == "Cluster:Seeds:#") yield return ("Cluster:Host", "postfleet-1.postfleet");
        if (key.Path == "Node:Roles:#") yield return ("Storage:Provider", "postgres");
        if (key.Path == "Node:Roles:#") yield return ("Storage:ConnectionString", "Host=db");
        if (key.Path == "Listeners:#:ImplicitTls") yield return ("Tls:Certificate", "tls.crt");
        if (key.Path == "Listeners:#:ImplicitTls") yield return ("Tls:Key", "tls.key");
        if (key.Path == "Listeners:#:Service") yield return ("Auth:PlaintextNetworks", "127.0.0.0/8");
        if (key.Path == "Listeners:#:Filters") yield return ("Filters:0:Name", "rspamd");
        if (key.Path == "Listeners:#:Filters") yield return ("Filters:0:Endpoint", "127.0.0.1:11332");
        foreach (var other in OfFilter(key)) yield return other;
        if (key.Path == "Listeners:#:ProxyProtocol") yield return ("Smtp:TrustedProxies", "10.0.0.0/8");
        if (key.Path is "Routes:#:Password" or "Routes:#:PasswordFile") yield return ("Routes:0:User", "us");
        if (key.Path is "Admin:Tokens:#:Name" or "Admin:Tokens:#:Scope") yield return ("Admin:Tokens:0:TokenFile", "dashboard.secret");
        if (key.List == "Routes" && key.Path != "Routes:#:Domain") yield return ("Routes:0:Domain", "*.example.org");
        if (key.Path == "Routes:#:User") yield return ("Routes:0:PasswordFile", "relay.secret");
        if (key.List == "Destinations" && key.Path != "Destinations:#:Mx" && key.Path != "Destinations:#:Domain")
            yield return ("Destinations:0:Mx", "mx.example.net");
        foreach (var other in Together(key)) yield return (other.Path, other.Example);
    }

    /// <summary>The key set to its default, with the keys required beside it.</summary>
    public static IEnumerable<(string Path, string Value)> Reset(ConfigurationKey key) =>
        Together(key).Prepend(key).Select(each => (each.Path, Default(each)));

    /// <summary>The default of a key outside lists.</summary>
    public static string Default(ConfigurationKey key) => Defaults.Values[key.Path];

    /// <summary>The default as the documentation shows it.</summary>
    public static string DefaultText(ConfigurationKey key)
    {
        if (key.Required) return "required";
        if (key.IsValueList)
            return Show(Enumerable.Range(0, Defaults.Lists[key.List!]).Select(index => Defaults.Values[$"{key.List}:{index}"]), "none");
        if (key.List is null) return Show(new[] { Default(key) }.Where(value => value.Length > 0), "empty");
        var element = new Layer { Lists = { [key.List] = 1 } };
        var values = OptionsMap.Flatten(OptionsMap.Bind<PostfleetOptions>(element)).Values;
        if (values.TryGetValue(FirstPath(key), out var text)) return Show(new[] { text }.Where(value => value.Length > 0), "empty");
        var above = key.Path.Split(':');
        return $"that of `{(above[0] == "Streams" ? "Queues" : above[0])}:{above[^1]}`";
    }

    private static IEnumerable<(string Path, string Value)> OfFilter(ConfigurationKey key)
    {
        if (key.List != "Filters" || key.Path is "Filters:#:Endpoint") yield break;
        string[] hooks = ["Protocol", "Url", "User", "SecretFile", "Authorities"];
        if (!Array.Exists(hooks, name => key.Path.EndsWith($":{name}", StringComparison.Ordinal)))
        {
            yield return ("Filters:0:Endpoint", "127.0.0.1:11332");
            yield break;
        }

        if (key.Path != "Filters:#:Protocol") yield return ("Filters:0:Protocol", "hooks");
        if (key.Path != "Filters:#:Url") yield return ("Filters:0:Url", "http://localhost/");
        if (key.Path == "Filters:#:User") yield return ("Filters:0:SecretFile", "relay.secret");
    }

    private static IEnumerable<ConfigurationKey> Together(ConfigurationKey key)
    {
        string[] sections = ["Cluster:Tls:", "Tls:", "Inbound:Seal:"];
        return Array.Find(sections, section => key.Path.StartsWith(section, StringComparison.Ordinal)) is { } tls
            ? ConfigurationTable.Table.Keys.Where(other => other != key && other.Path.StartsWith(tls, StringComparison.Ordinal))
            : [];
    }

    private static string Show(IEnumerable<string> values, string none) =>
        values.Select(value => $"`{value}`").ToList() is { Count: > 0 } shown ? string.Join(", ", shown) : none;
}
