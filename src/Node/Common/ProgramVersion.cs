using System.Reflection;

namespace Postfleet.Node.Common;

/// <summary>The version of the program.</summary>
internal static class ProgramVersion
{
    /// <summary>The version without the commit.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
