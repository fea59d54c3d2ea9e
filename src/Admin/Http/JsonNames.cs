using System.Text.Json;

namespace Postfleet.Admin.Http;

/// <summary>The names of enumerations and properties in JSON.</summary>
internal static class JsonNames
{
    /// <summary>The name of a value, in lower case.</summary>
    public static string Write<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>The name of a property.</summary>
    public static string Property(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
