using Postfleet.Configuration;
using Postfleet.Contracts.Users;
using Postfleet.Core;
using Postfleet.Core.Users;

namespace Postfleet.Frontend.Options;

/// <summary>Reads a file of users: a JSON object in each line (docs/users.md); empty lines and lines with <c>#</c> are left out.</summary>
internal static class UserFile
{
    private const long MaxLength = 256 << 20;

    /// <summary>Reads a file.</summary>
    /// <returns>The users by their names.</returns>
    /// <exception cref="StartFailureException">The file cannot be read, or a line is wrong. The message shows no secret.</exception>
    public static IReadOnlyDictionary<string, MailUser> Read(string path)
    {
        var users = new Dictionary<string, MailUser>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(path).Length > MaxLength) throw new StartFailureException($"it has more than {MaxLength >> 20} MiB");
            foreach (var (index, line) in File.ReadLines(path).Index())
            {
                if (line.Length == 0 || line[0] == '#' || string.IsNullOrWhiteSpace(line)) continue;
                var user = Parse(line, index + 1);
                if (!users.TryAdd(user.Name, user)) throw new StartFailureException($"line {index + 1}: user '{user.Name}' is repeated");
            }
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            throw new StartFailureException(e.Message, e);
        }

        return users;
    }

    private static MailUser Parse(string line, int number)
    {
        try
        {
            return UserJson.Parse(line);
        }
        catch (UserFormatException e)
        {
            throw new StartFailureException($"line {number}: {e.Message}", e);
        }
    }
}
