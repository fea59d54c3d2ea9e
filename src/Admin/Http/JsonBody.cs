using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Postfleet.Admin.Http;

/// <summary>Reads the JSON of a request. Each fault is a problem with the path of the fault.</summary>
internal static partial class JsonBody
{
    /// <summary>The content type of the bodies.</summary>
    public const string MediaType = "application/json";

    /// <summary>Reads the body.</summary>
    /// <exception cref="ProblemException">The body is not JSON of the form of the record.</exception>
    public static Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class => ReadAsync(http, http.Request.Body, type);

    private static async Task<T> ReadAsync<T>(HttpContext http, Stream body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(body, type, http.RequestAborted)
                ?? throw Wrong("the body is null; allowed: an object");
        }
        catch (JsonException e)
        {
            throw Wrong(Describe(e, type));
        }
    }

    /// <summary>Reads the body and its SHA-256.</summary>
    /// <exception cref="ProblemException">The body is not JSON of the form of the record.</exception>
    public static async Task<(T Value, byte[] Hash)> ReadHashedAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        using var hash = SHA256.Create();
        await using var body = new CryptoStream(http.Request.Body, hash, CryptoStreamMode.Read, leaveOpen: true);
        // The JSON is read up to the end of the body.
        return (await ReadAsync(http, body, type), hash.Hash!);
    }

    /// <summary>The problem of a value.</summary>
    public static ProblemException Wrong(string path, string value, string allowed) => Wrong($"{path} is '{value}'; allowed: {allowed}");

    /// <summary>A problem of the body.</summary>
    public static ProblemException Wrong(string detail) => new(ProblemKind.BadBody, detail);

    /// <summary>A value of a client for the text of a problem, at most 100 characters of it.</summary>
    public static string Cut(string text) => text.Length <= 100 ? text : text[..100] + "...";

    private static string Describe(JsonException e, JsonTypeInfo type)
    {
        var path = string.IsNullOrEmpty(e.Path) ? "$" : e.Path;
        if (e.InnerException is not null && e.InnerException is JsonException)
            return $"the body is not JSON, at line {e.LineNumber + 1}, octet {e.BytePositionInLine + 1}, in {path}";
        // The texts of the exceptions name types of this program, which mean nothing to a client.
        if (Unknown().Match(e.Message) is { Success: true } unknown)
        {
            var parent = path[..Math.Max(1, path.LastIndexOf('.'))];
            return $"{unknown.Groups[1].Value} in {parent} is no property; allowed: {Properties(type, parent)}";
        }

        if (Missing().Match(e.Message) is { Success: true } missing)
            return $"{path} lacks {missing.Groups[1].Value.Replace("'", "", StringComparison.Ordinal)}";
        if (e.Message.Contains("Duplicate property", StringComparison.Ordinal)) return $"{path} is given more than once; allowed: once";
        return $"{path} has a value of another type, at line {e.LineNumber + 1}, octet {e.BytePositionInLine + 1}; " +
            $"allowed: {Form(type, path)}";
    }

    private static string Properties(JsonTypeInfo type, string path) =>
        string.Join(", ", (Find(type, path) ?? type).Properties.Select(property => property.Name));

    private static string Form(JsonTypeInfo type, string path)
    {
        if (Find(type, path) is not { } found) return "an object";
        var value = Nullable.GetUnderlyingType(found.Type) ?? found.Type;
        if (value == typeof(string)) return "a text";
        if (value == typeof(byte[])) return "a text in base64";
        if (value == typeof(bool)) return "true or false";
        return value.IsPrimitive ? "a number" : found.Kind == JsonTypeInfoKind.Enumerable ? "a list" : "an object";
    }

    // The type of the value that a path leads to; null for none.
    private static JsonTypeInfo? Find(JsonTypeInfo type, string path)
    {
        foreach (var step in path.Split('.').Skip(1))
        {
            var name = step.Split('[')[0];
            var next = type.Kind == JsonTypeInfoKind.Dictionary ? type.ElementType
                : type.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType;
            if (next is null) return null;
            type = type.Options.GetTypeInfo(next);
            if (step.Length > name.Length && type.ElementType is { } element) type = type.Options.GetTypeInfo(element);
        }

        return type;
    }

    [GeneratedRegex(@"The JSON property '(.+?)' could not be mapped")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"was missing required properties including: ('.+')\.")]
    private static partial Regex Missing();
}
