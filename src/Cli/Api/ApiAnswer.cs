using System.Text.Json;

namespace Postfleet.Cli.Api;

/// <summary>A successful answer of the API.</summary>
/// <param name="Text">The text as it came.</param>
/// <param name="Root">Its JSON.</param>
internal sealed record ApiAnswer(string Text, JsonElement Root);
