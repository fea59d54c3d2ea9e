using System.Text.Json.Nodes;

namespace Postfleet.Kubernetes.Tests.Rules;

/// <summary>Keys of the chart's configuration that the program does not know yet.</summary>
internal static class LaterKeys
{
    /// <summary>Removes them.</summary>
    public static void Remove(JsonObject configuration)
    {
        configuration["Storage"]?.AsObject().Remove("PasswordFile");
        configuration["Node"]?.AsObject().Remove("DrainDelay");
    }
}
