using Postfleet.Core;

namespace Postfleet.Frontend.RecipientFiles;

/// <summary>Reads the files with addresses to replace (docs/rewriting.md): recipient files with one target for each address.</summary>
internal static class AddressFile
{
    private const string Key = "Rewriting:Addresses";

    /// <summary>Reads files.</summary>
    /// <param name="files">The files; empty names are left out.</param>
    /// <param name="full">Returns the full path of a file.</param>
    /// <returns>The entries; null for none.</returns>
    /// <exception cref="StartFailureException">A file cannot be used.</exception>
    public static RecipientTable? Read(IReadOnlyList<string> files, Func<string, string> full)
    {
        var table = RecipientFile.Read(Key, files, full);
        foreach (var key in table.Keys)
        {
            var targets = table.Entry(key).Targets;
            if (targets.Length > 1 || (targets.Length == 1 && !targets[0].IsAscii))
            {
                throw new StartFailureException(
                    $"{Key}: '{key}' has several targets, or one beyond ASCII; allowed: one target of ASCII characters");
            }
        }

        return table.Count == 0 ? null : table;
    }
}
